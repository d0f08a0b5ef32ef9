using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of SEARCH_OFFSET_BY_TIMESTAMP (29).</summary>
/// <param name="Topic">The topic.</param>
/// <param name="QueueId">The queue.</param>
/// <param name="Timestamp">Store time wanted, Unix milliseconds.</param>
public sealed record SearchOffsetRequestHeader(string Topic, int QueueId, long Timestamp) : IRequestHeader<SearchOffsetRequestHeader>
{
    public static SearchOffsetRequestHeader Read(ref HeaderReader reader) =>
        new(reader.Text("topic"), reader.Int32("queueId"), reader.Int64("timestamp"));

    public ExtFields ToExtFields() => new() { { "topic", Topic }, { "queueId", QueueId }, { "timestamp", Timestamp } };
}
