using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>ForwardMessageToDeadLetterQueue: a consumer gives a message up.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/producer/ForwardMessageToDLQActivity.java</remarks>
internal sealed class ForwardMessageToDeadLetterQueueCall(PoppedMessages popped, ReceiptRenewal renewal)
{
    public async Task<ForwardMessageToDeadLetterQueueResponse> AnswerAsync(CallContext call, ForwardMessageToDeadLetterQueueRequest request)
    {
        if ((Checks.Topic(request.Topic) ?? Checks.Group(request.Group)) is { } wrong) return new() { Status = wrong };
        if (ReceiptHandle.Parse(request.ReceiptHandle) is not { } given) return new() { Status = PoppedMessages.NoHandle };
        var handle = await renewal.TakeAsync(call.ClientId, request.Group.Name, request.MessageId, given).ConfigureAwait(false);
        return new() { Status = await popped.GiveUpAsync(request.Group.Name, request.Topic.Name, handle, request.MessageId, call.Ended).ConfigureAwait(false) };
    }
}
