using RocketAspire.Protocol;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Client.Callbacks;

/// <summary>GET_CONSUMER_RUNNING_INFO (307): a consumer tells of itself. Java's stacks are left out: there are none here.</summary>
internal sealed class GetConsumerRunningInfoProcessor(ClientGroups groups) : IRequestProcessor
{
    public int Code => RequestCode.GetConsumerRunningInfo;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<GetConsumerRunningInfoRequestHeader>(request.ExtFields, out var header, out var problem))
            return new(request.CreateResponse(ResponseCode.SystemError, problem));
        if (groups.Consumer(header.ConsumerGroup) is not { } consumer)
            return new(request.CreateResponse(ResponseCode.SystemError, $"The Consumer Group <{header.ConsumerGroup}> not exist in this consumer"));
        return new(request.CreateResponse(ResponseCode.Success, body: consumer.RunningInfo().Encode(request.Version >= RocketMQVersion.V4_9_4)));
    }
}
