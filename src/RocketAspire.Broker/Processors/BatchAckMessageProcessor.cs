using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>BATCH_ACK_MESSAGE (200151): several popped messages are consumed. What can't be acknowledged is passed over.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/processor/AckMessageProcessor.java</remarks>
internal sealed class BatchAckMessageProcessor(PopCheck check, PopAcks acks) : IRequestProcessor
{
    public int Code => RequestCode.BatchAckMessage;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        BatchAckBody body;
        try
        {
            body = BatchAckBody.Decode(request.Body.Span);
        }
        catch (FastJsonException e)
        {
            return new(request.CreateResponse(ResponseCode.SystemError, "the body can't be read: " + e.Message));
        }

        if (body.Acks.Count == 0) return new(request.CreateResponse(ResponseCode.NoMessage));
        foreach (var ack in body.Acks)
        {
            if (Acknowledge(connection, ack) is { } refusal) return new(request.CreateResponse(refusal.Code, refusal.Remark));
        }

        return new(request.CreateResponse(ResponseCode.Success));
    }

    private Refusal? Acknowledge(RemotingConnection connection, BatchAck ack)
    {
        var topic = ack.Retry is "1" or "2" ? PopTopics.Retry(ack.Topic, ack.Group, v2: ack.Retry == "2") : ack.Topic;
        switch (check.CheckReturn(connection, topic, ack.QueueId))
        {
            case { Code: ResponseCode.TopicNotExist or ResponseCode.MessageIllegal }:
                return null;
            case { } notReady:
                return notReady;
        }

        List<long> messages = [.. ack.Offsets.Where(offset => acks.IsThere(topic, ack.QueueId, offset))];
        return acks.Acknowledge(new CheckPointKey(topic, ack.Group, ack.QueueId, ack.StartOffset, ack.PopTime), ack.ReviveQueueId, messages);
    }
}
