using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>RecallMessage: takes a timed message back before it comes.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/processor/ProducerProcessor.java</remarks>
internal sealed class RecallMessageCall(ClusterView cluster, ProxyOptions options)
{
    public async Task<RecallMessageResponse> AnswerAsync(CallContext call, RecallMessageRequest request)
    {
        if (Checks.Topic(request.Topic) is { } wrong) return new() { Status = wrong };
        var topic = request.Topic.Name;
        if ((await cluster.KindsAsync(topic, call.Ended).ConfigureAwait(false)).Refuse(MessageType.Delay) is { } otherKind) return new() { Status = otherKind };
        if (!RecallHandle.TryParse(request.RecallHandle, out var handle)) return new() { Status = Statuses.Of(Code.InternalServerError, "recall handle is invalid") };
        if (await cluster.MasterAsync(handle.BrokerName, call.Ended).ConfigureAwait(false) is not { } broker)
            return new() { Status = Statuses.Of(Code.BadRequest, "cannot find broker " + handle.BrokerName) };
        var command = RemotingCommand.CreateRequest(RequestCode.RecallMessage, new RecallMessageRequestHeader(topic, request.RecallHandle, null).ToExtFields());
        var answer = await cluster.AskAsync(broker, command, options.SendTimeout, call.Ended).ConfigureAwait(false);
        return answer.Code == ResponseCode.Success
            ? new() { Status = Statuses.Ok, MessageId = answer.ExtFields["msgId"] ?? handle.MessageId }
            : new() { Status = Statuses.Of(answer.Code, answer.Remark) };
    }
}
