using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>PROXIED_CONSUMERS (7304), ours alone: a proxy tells which consumers are connected to it.</summary>
public sealed class ProxiedConsumersProcessor(ProxiedConsumerTable proxied) : IRequestProcessor
{
    public int Code => RequestCode.ProxiedConsumers;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        try
        {
            proxied.Register(connection, ProxiedConsumersBody.Decode(request.Body.Span).Consumers);
            return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.Success));
        }
        catch (FastJsonException e)
        {
            return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.SystemError, e.Message));
        }
    }
}
