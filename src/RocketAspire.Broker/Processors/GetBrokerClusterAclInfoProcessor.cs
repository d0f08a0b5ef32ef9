using RocketAspire.Broker.Acl;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_BROKER_CLUSTER_ACL_INFO (52): how often each file of rules has changed.</summary>
/// <remarks>
/// Sources: AdminBrokerProcessor and
/// https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/header/GetBrokerAclConfigResponseHeader.java.
/// Without ACL Apache's broker doesn't answer at all.
/// </remarks>
internal sealed class GetBrokerClusterAclInfoProcessor(AclStore? acl, BrokerAddress address) : IRequestProcessor
{
    public int Code => RequestCode.GetBrokerClusterAclInfo;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (acl is null) return request.CreateResponse(ResponseCode.SystemError, AclAnswers.NotEnabled);
        var all = new FastJsonWriter();
        var own = new FastJsonWriter();
        var version = DataVersion.Zero;
        all.StartObject();
        foreach (var file in acl.Rules.Files)
        {
            all.Key(file.Path);
            file.Version.Write(all);
            if (file.Path == acl.DefaultFile) version = file.Version;
        }

        all.EndObject();
        version.Write(own);
        var response = request.CreateResponse(ResponseCode.Success);
        response.ExtFields.Add("version", own.ToString());
        response.ExtFields.Add("allAclFileVersion", all.ToString());
        response.ExtFields.Add("brokerName", address.BrokerName);
        response.ExtFields.Add("brokerAddr", address.Text);
        response.ExtFields.Add("clusterName", address.ClusterName);
        return response;
    }
}
