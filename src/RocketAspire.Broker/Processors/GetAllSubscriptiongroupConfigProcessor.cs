using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_ALL_SUBSCRIPTIONGROUP_CONFIG (201): all consumer groups' settings; slaves copy them.</summary>
public sealed class GetAllSubscriptiongroupConfigProcessor(SubscriptionGroupTable groups) : IRequestProcessor
{
    public int Code => RequestCode.GetAllSubscriptiongroupConfig;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request) => request.CreateResponse(ResponseCode.Success, body: groups.ToJson());
}
