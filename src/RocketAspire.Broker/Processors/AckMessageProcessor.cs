using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>ACK_MESSAGE (200051): a popped message is consumed.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/processor/AckMessageProcessor.java</remarks>
internal sealed class AckMessageProcessor(PopCheck check, PopAcks acks) : IRequestProcessor
{
    public int Code => RequestCode.AckMessage;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var refusal = Acknowledge(connection, request);
        return new(refusal is { } why ? request.CreateResponse(why.Code, why.Remark) : request.CreateResponse(ResponseCode.Success));
    }

    private Refusal? Acknowledge(RemotingConnection connection, RemotingCommand request)
    {
        if (!RequestHeader.TryRead<AckMessageRequestHeader>(request.ExtFields, out var header, out var problem)) return new(ResponseCode.SystemError, problem);
        if (check.CheckReturn(connection, header.Topic, header.QueueId) is { } refusal) return refusal;
        if (!acks.IsThere(header.Topic, header.QueueId, header.Offset)) return new(ResponseCode.NoMessage, $"offset is illegal, key:{header.Topic}@{header.QueueId}, commit:{header.Offset}");
        if (PopReceipt.Parse(header.ExtraInfo) is not { } receipt) return new(ResponseCode.MessageIllegal, $"extraInfo is no receipt: {header.ExtraInfo}");
        return acks.Acknowledge(new CheckPointKey(header.Topic, header.ConsumerGroup, header.QueueId, receipt.StartOffset, receipt.PopTime), receipt.ReviveQid, [header.Offset]);
    }
}
