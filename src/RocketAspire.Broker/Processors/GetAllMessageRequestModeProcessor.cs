using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_ALL_MESSAGE_REQUEST_MODE (402): which groups pull and which pop, for slaves.</summary>
internal sealed class GetAllMessageRequestModeProcessor(RequestModeTable modes) : IRequestProcessor
{
    public int Code => RequestCode.GetAllMessageRequestMode;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        new(request.CreateResponse(ResponseCode.Success, body: modes.ToJson()));
}
