using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>CHANGE_MESSAGE_INVISIBLETIME (200053): a popped message stays invisible for longer, or comes again sooner. The answer makes its new receipt.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/processor/ChangeInvisibleTimeProcessor.java</remarks>
internal sealed class ChangeMessageInvisibletimeProcessor(PopCheck check, PopAcks acks) : IRequestProcessor
{
    public int Code => RequestCode.ChangeMessageInvisibletime;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (Change(connection, request, out var changed) is { } refusal) return new(request.CreateResponse(refusal.Code, refusal.Remark));
        var response = request.CreateResponse(ResponseCode.Success);
        changed.AddTo(response.ExtFields);
        return new(response);
    }

    private Refusal? Change(RemotingConnection connection, RemotingCommand request, out ChangeInvisibleTimeResponseHeader changed)
    {
        changed = null!;
        if (!RequestHeader.TryRead<ChangeInvisibleTimeRequestHeader>(request.ExtFields, out var header, out var problem)) return new(ResponseCode.SystemError, problem);
        if (check.CheckReturn(connection, header.Topic, header.QueueId) is { } refusal) return refusal;
        if (!acks.IsThere(header.Topic, header.QueueId, header.Offset)) return new(ResponseCode.NoMessage, $"offset is illegal, key:{header.Topic}@{header.QueueId}, change:{header.Offset}");
        if (PopReceipt.Parse(header.ExtraInfo) is not { } receipt) return new(ResponseCode.MessageIllegal, $"extraInfo is no receipt: {header.ExtraInfo}");
        var key = new CheckPointKey(header.Topic, header.ConsumerGroup, header.QueueId, receipt.StartOffset, receipt.PopTime);
        if (acks.Change(receipt, key, header.Offset, header.InvisibleTime, out var popTime, out var invisibleTime) is { } failed) return failed;
        changed = new(popTime, invisibleTime, receipt.ReviveQid);
        return null;
    }
}
