using Microsoft.Extensions.Logging;
using RocketAspire.Broker.Acl;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>UPDATE_GLOBAL_WHITE_ADDRS_CONFIG (53): whose requests pass without an account.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/processor/AdminBrokerProcessor.java</remarks>
internal sealed class UpdateGlobalWhiteAddrsConfigProcessor(AclStore? acl, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.UpdateGlobalWhiteAddrsConfig;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(connection, request));

    private RemotingCommand Process(RemotingConnection connection, RemotingCommand request)
    {
        if (request.ExtFields["globalWhiteAddrs"] is not { } text) return request.CreateResponse(ResponseCode.SystemError, "header field globalWhiteAddrs is missing");
        if (acl is null) return request.CreateResponse(ResponseCode.UpdateGlobalWhiteAddrsConfigFailed, AclAnswers.NotEnabled);
        try
        {
            if (!acl.UpdateWhiteAddresses(AclAnswers.Split(text)!, request.ExtFields["aclFileFullPath"]))
                return request.CreateResponse(ResponseCode.UpdateGlobalWhiteAddrsConfigFailed, $"The globalWhiteAddresses[{text}] has been updated failed.");
        }
        catch (AclException e)
        {
            return request.CreateResponse(ResponseCode.UpdateGlobalWhiteAddrsConfigFailed, e.Message);
        }

        AclLog.WhiteAddressesChanged(logger, connection.RemoteAddress);
        return request.CreateResponse(ResponseCode.Success);
    }
}
