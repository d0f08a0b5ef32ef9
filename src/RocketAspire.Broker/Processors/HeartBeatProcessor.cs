using Microsoft.Extensions.Logging;
using RocketAspire.Broker.Filtering;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>HEART_BEAT (34): a client names its groups and what they subscribe to; its consumer groups get their retry topics.</summary>
public sealed class HeartBeatProcessor(
    ProducerTable producers, ConsumerGroupTable consumers, SubscriptionGroupTable groups, SendCheck check, FilterFactory filters, MessageWriter writer, ILogger logger)
    : IRequestProcessor
{
    public int Code => RequestCode.HeartBeat;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(connection, request));

    private RemotingCommand Process(RemotingConnection connection, RemotingCommand request)
    {
        HeartbeatData heartbeat;
        try
        {
            heartbeat = HeartbeatData.Decode(request.Body.Span);
        }
        catch (FastJsonException e)
        {
            return request.CreateResponse(ResponseCode.SystemError, "the heartbeat can't be read: " + e.Message);
        }

        foreach (var consumer in heartbeat.Consumers)
        {
            if (TopicNames.WhyInvalidGroup(consumer.GroupName) is { } invalid) return request.CreateResponse(ResponseCode.SystemError, invalid);
        }

        foreach (var consumer in heartbeat.Consumers)
        {
            // A slave gets retry topics from its master, or not at all.
            if (groups.Find(consumer.GroupName) is { } group && writer.AcceptsWrites(out _)) check.RetryTopic(group, consumer.UnitMode);
            if (consumers.Register(consumer, connection, heartbeat.ClientId, request.Language, request.Version))
            {
                Log.ConsumerChanged(logger, consumer.GroupName, heartbeat.ClientId);
            }
        }

        foreach (var producer in heartbeat.Producers) producers.Register(producer, connection, heartbeat.ClientId, request.Language, request.Version);

        // Told only now: one wrong expression must not keep the client's other groups from their work.
        return FirstWrongFilter(heartbeat) is { } refusal
            ? request.CreateResponse(refusal.Code, refusal.Remark)
            : request.CreateResponse(ResponseCode.Success);
    }

    private Refusal? FirstWrongFilter(HeartbeatData heartbeat)
    {
        foreach (var consumer in heartbeat.Consumers)
        {
            foreach (var subscription in consumer.Subscriptions)
            {
                if (filters.Check(subscription) is not { } refusal) continue;
                Log.FilterRefused(logger, consumer.GroupName, heartbeat.ClientId, refusal.Remark);
                return refusal;
            }
        }

        return null;
    }
}
