using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>ChangeInvisibleDuration: a message stays invisible for longer, or comes again sooner; it gets a new handle.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/consumer/ChangeInvisibleDurationActivity.java</remarks>
internal sealed class ChangeInvisibleDurationCall(PoppedMessages popped, ReceiptRenewal renewal)
{
    public async Task<ChangeInvisibleDurationResponse> AnswerAsync(CallContext call, ChangeInvisibleDurationRequest request)
    {
        var ms = ReceiveMessageCall.Milliseconds(request.InvisibleDuration);
        if ((Checks.Topic(request.Topic) ?? Checks.Group(request.Group) ?? Checks.InvisibleTime(ms, minMs: 0)) is { } wrong) return new() { Status = wrong };
        if (ReceiptHandle.Parse(request.ReceiptHandle) is not { } given) return new() { Status = PoppedMessages.NoHandle };
        var handle = await renewal.TakeAsync(call.ClientId, request.Group.Name, request.MessageId, given).ConfigureAwait(false);
        var (status, changed) = await popped.ChangeAsync(request.Group.Name, request.Topic.Name, handle, ms, call.Ended).ConfigureAwait(false);
        return new() { Status = status, ReceiptHandle = changed?.ToString() ?? "" };
    }
}
