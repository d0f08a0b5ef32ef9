using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>QUERY_CONSUME_QUEUE (321): entries of a consume queue as they stand on disk.</summary>
public sealed class QueryConsumeQueueProcessor(MessageStore store, ConsumerGroupTable consumers) : IRequestProcessor
{
    // A file of the usual size; mqadmin asks for 10.
    private const int MaxEntries = 300_000;

    public int Code => RequestCode.QueryConsumeQueue;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (!RequestHeader.TryRead<QueryConsumeQueueRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        var read = store.Queries.ReadEntries(header.Topic, header.QueueId, header.Index, Math.Clamp(header.Count, 0, MaxEntries));
        if (read is null) return request.CreateResponse(ResponseCode.SystemError, $"{header.QueueId}@{header.Topic} is not exist!");
        var (min, max) = store.QueueBounds(header.Topic, header.QueueId);
        if (header.Index < min || header.Index >= max)
        {
            return request.CreateResponse(ResponseCode.Success, $"Index {header.Index} of {header.QueueId}@{header.Topic} is not exist!");
        }

        var entries = new List<ConsumeQueueData>(read.Count);
        foreach (var entry in read) entries.Add(new(entry.PhysicalOffset, entry.Size, entry.TagsCode));
        var subscription = header.ConsumerGroup is { } group ? consumers.FindSubscription(group, header.Topic, out _) : null;
        var body = new QueryConsumeQueueBody
        {
            Subscription = subscription,
            FilterData = header.ConsumerGroup is null ? null : subscription is null ? $"{header.ConsumerGroup}@{header.Topic} is not online!" : Describe(subscription),
            Entries = entries,
            MaxQueueIndex = max,
            MinQueueIndex = min,
        };
        return request.CreateResponse(ResponseCode.Success, body: body.Encode());
    }

    /// <summary>For people: "null" for tags, which the broker keeps no filter of.</summary>
    private static string Describe(SubscriptionData subscription)
    {
        if (subscription.IsTagType) return "null";
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("clientVersion", subscription.SubVersion);
        json.Property("expression", subscription.SubString);
        json.Property("expressionType", subscription.ExpressionType);
        json.Property("topic", subscription.Topic);
        json.EndObject();
        return Encoding.UTF8.GetString(json.Written.Span);
    }
}
