using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Remoting;

/// <summary>Serves one request code.</summary>
public interface IRequestProcessor
{
    /// <summary>The request code; see <see cref="RequestCode"/>.</summary>
    int Code { get; }

    /// <summary>
    /// Answers one request. Called on the connection's reading thread: it must not block; what completes synchronously is
    /// answered in order, what completes later is answered then. Null: no answer now (one-way, or answered later by
    /// <see cref="RemotingConnection.Respond"/>). An exception is answered with SYSTEM_ERROR and one line.
    /// </summary>
    /// <param name="connection">Where the request came in.</param>
    /// <param name="request">The request; its memory is the processor's to keep.</param>
    /// <param name="cancellationToken">Cancelled when the connection closes.</param>
    ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken);
}
