using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Ha;

/// <summary>7301: a slave of ours compares its log's history with this master's before it opens the HA socket.</summary>
internal sealed class HandshakeProcessor(MasterCatchUp master) : IRequestProcessor
{
    public int Code => RequestCode.ReplicationHandshake;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        HandshakeRequest handshake;
        try
        {
            handshake = HandshakeRequest.Parse(request);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return request.CreateResponse(ResponseCode.SystemError, $"handshake: {e.Message}");
        }
        await connection.IdentifyPeerAsync(HandshakeRequest.Number(handshake.BrokerId), cancellationToken).ConfigureAwait(false);
        var answer = await master.OnHandshakeAsync(handshake, cancellationToken).ConfigureAwait(false);
        return answer.ToCommand(request);
    }
}
