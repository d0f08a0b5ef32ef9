using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of QUERY_CONSUMER_OFFSET (14); its answer carries <c>offset</c>.</summary>
public sealed record QueryConsumerOffsetRequestHeader(string ConsumerGroup, string Topic, int QueueId)
    : IRequestHeader<QueryConsumerOffsetRequestHeader>
{
    public static QueryConsumerOffsetRequestHeader Read(ref HeaderReader reader) =>
        new(reader.Text("consumerGroup"), reader.Text("topic"), reader.Int32("queueId"));

    public ExtFields ToExtFields() => new() { { "consumerGroup", ConsumerGroup }, { "topic", Topic }, { "queueId", QueueId } };
}
