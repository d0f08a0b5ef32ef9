using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Raft;

/// <summary>RAFT_MESSAGE (7310): a peer's message, or one part of a long one. One-way: what there is to answer goes by this node's own connection.</summary>
/// <remarks>Fields: <c>peer</c> the sender's id; in parts also <c>id</c> of the message, <c>part</c> from 0, <c>parts</c> in all.</remarks>
internal sealed class RaftMessageProcessor(Func<string, bool> isPeer, Action<string, ReadOnlyMemory<byte>> received) : IRequestProcessor
{
    public const string Peer = "peer";
    public const string Id = "id";
    public const string Part = "part";
    public const string Parts = "parts";

    // A frame holds 16 MiB, and a record, or the blank end of a file, may be as large.
    public const int PartBytes = 8 * 1024 * 1024;
    private const int MaxParts = 16;

    public int Code => RequestCode.RaftMessage;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var sender = request.ExtFields[Peer] ?? "";
        if (connection.GetTag<Sender>() is not { } known)
        {
            if (!isPeer(sender)) return request.CreateResponse(ResponseCode.SystemError, $"'{sender}' is no peer of this node");
            connection.SetTag(known = new Sender(sender));
            await connection.IdentifyPeerAsync(sender, cancellationToken).ConfigureAwait(false);
        }

        if (known.Name == sender && known.Take(request) is { } message) received(sender, message);
        return null;
    }

    /// <summary>Who is at the other end, and the message that it is sending in parts. Touched by the connection's one reading thread.</summary>
    private sealed class Sender(string name)
    {
        private long _id = -1;
        private int _next;
        private MemoryStream? _gathered;

        public string Name => name;

        /// <summary>The whole message; null while parts are missing. Parts that don't follow on one another are lost, as any message may be.</summary>
        public ReadOnlyMemory<byte>? Take(RemotingCommand request)
        {
            var parts = request.ExtFields.GetInt32(Parts, 1);
            if (parts == 1) return request.Body;
            var (id, part) = (request.ExtFields.GetInt64(Id, -1), request.ExtFields.GetInt32(Part, -1));
            if (part == 0) (_id, _next, _gathered) = (id, 0, new MemoryStream());
            if (_gathered is null || id != _id || part != _next || parts is < 1 or > MaxParts)
            {
                _gathered = null;
                return null;
            }

            _gathered.Write(request.Body.Span);
            if (++_next < parts) return null;
            var message = _gathered.GetBuffer().AsMemory(0, (int)_gathered.Length);
            _gathered = null;
            return message;
        }
    }
}
