using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>UNREGISTER_CLIENT (35): a client leaves a group in good order.</summary>
public sealed class UnregisterClientProcessor(ProducerTable producers, ConsumerGroupTable consumers) : IRequestProcessor
{
    public int Code => RequestCode.UnregisterClient;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<UnregisterClientRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.SystemError, problem));
        }

        if (header.ProducerGroup is { } producer) producers.Unregister(producer, connection);
        if (header.ConsumerGroup is { } consumer) consumers.Unregister(consumer, connection);
        return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.Success));
    }
}
