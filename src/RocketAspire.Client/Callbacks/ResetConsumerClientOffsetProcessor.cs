using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Client.Callbacks;

/// <summary>RESET_CONSUMER_CLIENT_OFFSET (220): queues go on from where an operator wants. One-way.</summary>
internal sealed class ResetConsumerClientOffsetProcessor(ClientGroups groups) : IRequestProcessor
{
    public int Code => RequestCode.ResetConsumerClientOffset;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<ResetOffsetRequestHeader>(request.ExtFields, out var header, out var problem)) return request.CreateResponse(ResponseCode.SystemError, problem);
        if (groups.Consumer(header.Group) is not { } consumer) return null;
        var offsets = QueueOffsetsBody.Decode(request.Body.Span).Offsets.ToDictionary(static pair => MessageQueue.FromWire(pair.Key), static pair => pair.Value);
        await consumer.ResetOffsetsAsync(header.Topic, offsets, cancellationToken).ConfigureAwait(false);
        return null;
    }
}
