using Microsoft.Extensions.Logging;
using RocketAspire.Broker.Acl;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>DELETE_ACL_CONFIG (51): takes an account out of its file.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/processor/AdminBrokerProcessor.java</remarks>
internal sealed class DeleteAclConfigProcessor(AclStore? acl, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.DeleteAclConfig;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(connection, request));

    private RemotingCommand Process(RemotingConnection connection, RemotingCommand request)
    {
        if (request.ExtFields["accessKey"] is not { } accessKey) return request.CreateResponse(ResponseCode.SystemError, "header field accessKey is missing");
        if (acl is null) return request.CreateResponse(ResponseCode.DeleteAclConfigFailed, AclAnswers.NotEnabled);
        try
        {
            if (!acl.Delete(accessKey))
                return request.CreateResponse(ResponseCode.DeleteAclConfigFailed, $"The accesskey[{accessKey}] corresponding to accessConfig has been deleted failed.");
        }
        catch (AclException e)
        {
            return request.CreateResponse(ResponseCode.DeleteAclConfigFailed, e.Message);
        }

        AclLog.AccountChanged(logger, accessKey, connection.RemoteAddress);
        return request.CreateResponse(ResponseCode.Success);
    }
}
