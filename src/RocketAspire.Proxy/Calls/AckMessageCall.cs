using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>AckMessage: messages are done with.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/consumer/AckMessageActivity.java</remarks>
internal sealed class AckMessageCall(PoppedMessages popped, ReceiptRenewal renewal)
{
    public async Task<AckMessageResponse> AnswerAsync(CallContext call, AckMessageRequest request)
    {
        if ((Checks.Topic(request.Topic) ?? Checks.Group(request.Group)) is { } wrong) return new() { Status = wrong };
        var response = new AckMessageResponse();
        response.Entries.Add(await Task.WhenAll(request.Entries.Select(entry => AcknowledgeAsync(call, request, entry))).ConfigureAwait(false));
        response.Status = Statuses.Over(response.Entries.Select(static entry => entry.Status), "ack message result is empty");
        return response;
    }

    private async Task<AckMessageResultEntry> AcknowledgeAsync(CallContext call, AckMessageRequest request, AckMessageEntry entry)
    {
        Status status;
        try
        {
            status = ReceiptHandle.Parse(entry.ReceiptHandle) is not { } given ? PoppedMessages.NoHandle
                : await popped.AcknowledgeAsync(
                    request.Group.Name, request.Topic.Name, await renewal.TakeAsync(call.ClientId, request.Group.Name, entry.MessageId, given).ConfigureAwait(false), call.Ended).ConfigureAwait(false);
        }
        catch (Exception e) when (Failures.IsOfCluster(e))
        {
            status = Statuses.Of(e);
        }

        return new() { MessageId = entry.MessageId, ReceiptHandle = entry.ReceiptHandle, Status = status };
    }
}
