using System.Net;
using System.Net.Sockets;

namespace RocketAspire.Remoting;

/// <summary>
/// What the connections between nodes pass through: replication, elections, and a broker's calls to its name servers. The seam
/// at which a test cuts, slows down or garbles them; clients don't pass here.
/// </summary>
/// <remarks>
/// A peer is called as its group calls it: a DLedger node by its <c>dLegerSelfId</c> (<c>n1</c>), a node of a master/slave group by
/// its <c>brokerId</c> (<c>0</c>), a name server <see cref="PeerNetwork.NameServer"/>. Null is nobody of these: a client.
/// </remarks>
public interface IPeerNetwork
{
    /// <summary>Connects the socket. The stream owns it then; each write to the stream is one whole piece of the protocol spoken on it.</summary>
    /// <exception cref="SocketException">No connection; the socket is still the caller's.</exception>
    ValueTask<Stream> ConnectAsync(Socket socket, EndPoint endpoint, string? peer, CancellationToken cancellationToken);

    /// <summary>Takes in an accepted connection, as <see cref="ConnectAsync"/> does with one that was made.</summary>
    /// <param name="socket">Connected; the stream owns it from now on.</param>
    /// <param name="peer">Who it is: <see cref="PeerNetwork.Unknown"/> when it has yet to say which peer it is.</param>
    Stream Accept(Socket socket, string? peer);

    /// <summary>
    /// The other side of a stream made here has said who it is. What it said may be acted on when this completes: on a network
    /// that keeps the two apart it had not come through yet.
    /// </summary>
    /// <exception cref="IOException">The connection ended meanwhile.</exception>
    ValueTask IdentifyAsync(Stream stream, string peer, CancellationToken cancellationToken);
}

/// <summary>The network as it is.</summary>
public static class PeerNetwork
{
    /// <summary>What all name servers are called as peers.</summary>
    public const string NameServer = "namesrv";

    /// <summary>A peer that has not said yet which one it is, or can't (an Apache slave).</summary>
    public const string Unknown = "?";

    /// <summary>Plain sockets, with nothing in between.</summary>
    public static IPeerNetwork Direct { get; } = new DirectNetwork();

    private sealed class DirectNetwork : IPeerNetwork
    {
        public async ValueTask<Stream> ConnectAsync(Socket socket, EndPoint endpoint, string? peer, CancellationToken cancellationToken)
        {
            await socket.ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }

        public Stream Accept(Socket socket, string? peer) => new NetworkStream(socket, ownsSocket: true);

        public ValueTask IdentifyAsync(Stream stream, string peer, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
