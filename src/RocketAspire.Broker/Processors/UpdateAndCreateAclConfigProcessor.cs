using Microsoft.Extensions.Logging;
using RocketAspire.Broker.Acl;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>UPDATE_AND_CREATE_ACL_CONFIG (50): adds or changes an account in its file.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/processor/AdminBrokerProcessor.java</remarks>
internal sealed class UpdateAndCreateAclConfigProcessor(AclStore? acl, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.UpdateAndCreateAclConfig;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(connection, request));

    private RemotingCommand Process(RemotingConnection connection, RemotingCommand request)
    {
        if (!RequestHeader.TryRead<CreateAccessConfigRequestHeader>(request.ExtFields, out var header, out var problem))
            return request.CreateResponse(ResponseCode.SystemError, problem);
        if (acl is null) return request.CreateResponse(ResponseCode.UpdateAndCreateAclConfigFailed, AclAnswers.NotEnabled);
        try
        {
            acl.Update(new AclAccountConfig
            {
                AccessKey = header.AccessKey,
                SecretKey = header.SecretKey,
                WhiteRemoteAddress = header.WhiteRemoteAddress,
                Admin = header.Admin,
                DefaultTopicPerm = header.DefaultTopicPerm,
                DefaultGroupPerm = header.DefaultGroupPerm,
                TopicPerms = AclAnswers.Split(header.TopicPerms),
                GroupPerms = AclAnswers.Split(header.GroupPerms),
            });
        }
        catch (AclException e)
        {
            return request.CreateResponse(ResponseCode.UpdateAndCreateAclConfigFailed, e.Message);
        }

        AclLog.AccountChanged(logger, header.AccessKey, connection.RemoteAddress);
        return request.CreateResponse(ResponseCode.Success);
    }
}
