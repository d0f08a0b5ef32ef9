using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>SET_MESSAGE_REQUEST_MODE (401): a group pulls or pops a topic from now on; answered when it is on disk.</summary>
internal sealed class SetMessageRequestModeProcessor(RequestModeTable modes, TableFile file, BrokerConfiguration configuration) : IRequestProcessor
{
    public int Code => RequestCode.SetMessageRequestMode;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (configuration.IsSlave) return request.CreateResponse(ResponseCode.SystemError, TopicAdmin.SlaveRemark);
        MessageRequestMode mode;
        try
        {
            mode = MessageRequestMode.Decode(request.Body.Span);
        }
        catch (FastJsonException e)
        {
            return request.CreateResponse(ResponseCode.SystemError, "the body can't be read: " + e.Message);
        }

        if (PopTopics.IsRetry(mode.Topic)) return request.CreateResponse(ResponseCode.NoPermission, "retry topic is not allowed to set mode");
        modes.Set(mode);
        await file.SaveAsync().ConfigureAwait(false);
        return request.CreateResponse(ResponseCode.Success);
    }
}
