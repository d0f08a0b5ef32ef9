using Microsoft.Extensions.Logging;
using RocketAspire.Protocol;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>INVOKE_BROKER_TO_RESET_OFFSET (222): tells a group's consumers to go on where its queues stood at a time (RESET_CONSUMER_CLIENT_OFFSET, 220).</summary>
/// <remarks>The consumers commit the new offsets themselves. Source: Broker2Client.resetOffset of
/// https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/client/net/Broker2Client.java</remarks>
public sealed class InvokeBrokerToResetOffsetProcessor(
    TopicConfigTable topics, ConsumerOffsetTable offsets, ConsumerGroupTable consumers, MessageStore store, BrokerAddress address, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.InvokeBrokerToResetOffset;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(connection, request));

    private RemotingCommand Process(RemotingConnection connection, RemotingCommand request)
    {
        if (!RequestHeader.TryRead<ResetOffsetRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        if (topics.Find(header.Topic) is not { } topic)
        {
            return request.CreateResponse(ResponseCode.SystemError, $"[reset-offset] reset offset failed, no topic in this broker. topic={header.Topic}");
        }

        var targets = new List<KeyValuePair<MessageQueue, long>>();
        for (var queueId = 0; queueId < topic.WriteQueueNums; queueId++)
        {
            if (Target(header, queueId) is not { } target)
            {
                return request.CreateResponse(ResponseCode.SystemError, $"THe consumer group <{header.Group}> not exist");
            }

            targets.Add(new(new(header.Topic, address.BrokerName, queueId), target));
        }

        if (Tell(request, header, new QueueOffsetsBody(targets)) is { } refusal) return request.CreateResponse(refusal.Code, refusal.Remark);
        Log.OffsetsReset(logger, header.Group, header.Topic, header.Timestamp, connection.RemoteAddress);
        return request.CreateResponse(ResponseCode.Success, body: new QueueOffsetsBody(targets).Encode(StandardJson.IsWanted(request)));
    }

    /// <summary>Null when the group has no place in the queue.</summary>
    private long? Target(ResetOffsetRequestHeader header, int queueId)
    {
        var consumed = offsets.Query(header.Group, header.Topic, queueId);
        if (consumed < 0) return null;
        var there = header.Timestamp == -1
            ? store.QueueBounds(header.Topic, queueId).Max
            : Math.Max(0, store.Queries.OffsetByTime(header.Topic, queueId, header.Timestamp));
        return header.IsForce || there < consumed ? there : consumed;
    }

    private Refusal? Tell(RemotingCommand request, ResetOffsetRequestHeader header, QueueOffsetsBody body)
    {
        var clients = consumers.Clients(header.Group);
        if (clients.Count == 0)
        {
            return new(
                ResponseCode.ConsumerNotOnline,
                $"Consumer not online, so can not reset offset, Group: {header.Group} Topic: {header.Topic} Timestamp: {header.Timestamp}");
        }

        // Which form it is goes by who asks, as at Apache: mqadmin's C++ counterpart asks for C++ clients.
        var bytes = request.Language == LanguageCode.Cpp ? body.EncodeForC() : body.Encode(quoteKeys: false);
        foreach (var client in clients)
        {
            if (client.Version < RocketMQVersion.V3_0_7)
            {
                return new(ResponseCode.SystemError, $"the client does not support this feature. version={client.Version}");
            }

            client.Connection.SendOneway(RemotingCommand.CreateRequest(RequestCode.ResetConsumerClientOffset, header.ToExtFields(), bytes));
        }

        return null;
    }
}
