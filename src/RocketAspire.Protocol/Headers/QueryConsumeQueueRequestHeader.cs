using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of QUERY_CONSUME_QUEUE (321).</summary>
/// <param name="Topic">The topic.</param>
/// <param name="QueueId">The queue.</param>
/// <param name="Index">First entry wanted.</param>
/// <param name="Count">How many.</param>
/// <param name="ConsumerGroup">A group whose subscription is to be told too.</param>
public sealed record QueryConsumeQueueRequestHeader(string Topic, int QueueId, long Index, int Count, string? ConsumerGroup) : IRequestHeader<QueryConsumeQueueRequestHeader>
{
    public static QueryConsumeQueueRequestHeader Read(ref HeaderReader reader) => new(
        reader.Text("topic"), reader.Int32("queueId"), reader.Int64("index"), reader.Int32("count"), reader.TextOrNull("consumerGroup"));

    public ExtFields ToExtFields() => new() { { "topic", Topic }, { "queueId", QueueId }, { "index", Index }, { "count", Count }, { "consumerGroup", ConsumerGroup } };
}
