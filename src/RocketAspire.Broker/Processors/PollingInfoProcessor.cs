using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>POLLING_INFO (200055): how many of a group's pops wait for a queue.</summary>
internal sealed class PollingInfoProcessor(PopCheck check, PopHoldTable holds) : IRequestProcessor
{
    public int Code => RequestCode.PollingInfo;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<PollingInfoRequestHeader>(request.ExtFields, out var header, out var problem)) return new(request.CreateResponse(ResponseCode.SystemError, problem));
        if (check.CheckRead(connection, "peeking message", header.ConsumerGroup, header.Topic, header.QueueId, out _) is { } refusal)
        {
            return new(request.CreateResponse(refusal.Code, refusal.Remark));
        }

        var response = request.CreateResponse(ResponseCode.Success);
        response.ExtFields.Add("pollingNum", holds.CountOf(header.Topic, header.ConsumerGroup, header.QueueId));
        return new(response);
    }
}
