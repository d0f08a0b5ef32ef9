using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>NOTIFICATION (200054): tells whether there is something to pop, as soon as there is.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/processor/NotificationProcessor.java</remarks>
internal sealed class NotificationProcessor(
    PopCheck check, PopPositions positions, OrderInfoTable orders, PopHoldTable holds, MessageStore store, TopicConfigTable topics, BrokerConfiguration configuration, TimeProvider time)
    : IRequestProcessor
{
    public int Code => RequestCode.Notification;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Look(connection, request));

    /// <summary>Looks again for one who waited.</summary>
    public void AnswerHeld(HeldPop held)
    {
        if (held.Connection.IsOpen && Look(held.Connection, held.Request) is { } response) held.Connection.Respond(response);
    }

    private RemotingCommand? Look(RemotingConnection connection, RemotingCommand request)
    {
        if (!RequestHeader.TryRead<NotificationRequestHeader>(request.ExtFields, out var header, out var problem)) return request.CreateResponse(ResponseCode.SystemError, problem);
        if (check.CheckRead(connection, "peeking message", header.ConsumerGroup, header.Topic, header.QueueId, out var topic) is { } refusal)
        {
            return request.CreateResponse(refusal.Code, refusal.Remark);
        }

        if (header.BornTime == 0)
        {
            header = header with { BornTime = time.GetUtcNow().ToUnixTimeMilliseconds() };
            request.ExtFields.Add("bornTime", header.BornTime);
        }

        var found = HasMessage(header, topic);
        if (!found && header.PollTime > 0)
        {
            var held = new HeldPop(connection, request, header.Topic, header.ConsumerGroup, header.QueueId, header.BornTime + header.PollTime, null);
            var retries = PopReader.RetryTopics(header.Topic, header.ConsumerGroup, configuration.Current.Pop);
            if (holds.TryHold(held, retries, configuration.Current.Pop) == PopHold.Held)
            {
                if (HasMessage(header, topic)) holds.WakeNow(held);
                return null;
            }
        }

        var response = request.CreateResponse(ResponseCode.Success);
        response.ExtFields.Add("hasMsg", found);
        return response;
    }

    private bool HasMessage(NotificationRequestHeader header, TopicConfig topic)
    {
        if (header.QueueId >= 0 ? HasMessage(header, topic.TopicName, header.QueueId) : HasMessageInAny(header, topic)) return true;
        foreach (var name in PopReader.RetryTopics(header.Topic, header.ConsumerGroup, configuration.Current.Pop))
        {
            if (topics.Find(name) is { } retry && HasMessageInAny(header, retry)) return true;
        }

        return false;
    }

    private bool HasMessageInAny(NotificationRequestHeader header, TopicConfig topic)
    {
        for (var queueId = 0; queueId < topic.ReadQueueNums; queueId++)
        {
            if (HasMessage(header, topic.TopicName, queueId)) return true;
        }

        return false;
    }

    private bool HasMessage(NotificationRequestHeader header, string topic, int queueId)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (header.Order && orders.Blocks(header.AttemptId, header.Topic, header.ConsumerGroup, queueId, now)) return false;
        return store.QueueBounds(topic, queueId).Max > positions.Peek(header.ConsumerGroup, topic, queueId);
    }
}
