using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Raft;

/// <summary>Apache DLedger's requests (50000 to 50002, 51001 to 51005): refused, and told of by the sender's name.</summary>
internal sealed class ForeignDLedgerProcessor(int code, Action<string> met) : IRequestProcessor
{
    /// <summary>Source: https://github.com/openmessaging/dledger/blob/master/dledger/src/main/java/io/openmessaging/storage/dledger/protocol/DLedgerRequestCode.java</summary>
    public static readonly IReadOnlyList<int> Codes = [50000, 50001, 50002, 51001, 51002, 51003, 51004, 51005];

    public int Code => code;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        met(SenderOf(request) ?? connection.RemoteEndPoint.Address.ToString());
        return new(request.CreateResponse(
            ResponseCode.RequestCodeNotSupported, "this is a RocketAspire node, not an Apache DLedger one: nodes of both kinds can't form one group"));
    }

    private static string? SenderOf(RemotingCommand request)
    {
        try
        {
            return FastJson.Parse(request.Body.Span)["localId"].AsString() is { Length: > 0 } name ? name : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
