using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_SUBSCRIPTIONGROUP_CONFIG (352): one consumer group's settings.</summary>
public sealed class GetSubscriptiongroupConfigProcessor(SubscriptionGroupTable groups) : IRequestProcessor
{
    public int Code => RequestCode.GetSubscriptiongroupConfig;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (!RequestHeader.TryRead<GroupRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        return groups.Peek(header.Group) is { } group
            ? request.CreateResponse(ResponseCode.Success, body: group.Encode())
            : request.CreateResponse(ResponseCode.SubscriptionGroupNotExist, $"No group in this broker. group: {header.Group}");
    }
}
