using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of SEARCH_OFFSET_BY_TIMESTAMP (29).</summary>
/// <param name="Topic">The topic.</param>
/// <param name="QueueId">The queue.</param>
/// <param name="Timestamp">Store time wanted, Unix milliseconds.</param>
/// <param name="BoundaryType">5.x only: LOWER (the first at or after the time) or UPPER (the last at or before it).</param>
public sealed record SearchOffsetRequestHeader(string Topic, int QueueId, long Timestamp, string? BoundaryType = null) : IRequestHeader<SearchOffsetRequestHeader>
{
    public static SearchOffsetRequestHeader Read(ref HeaderReader reader) =>
        new(reader.Text("topic"), reader.Int32("queueId"), reader.Int64("timestamp"), reader.TextOrNull("boundaryType"));

    public ExtFields ToExtFields() => new() { { "topic", Topic }, { "queueId", QueueId }, { "timestamp", Timestamp }, { "boundaryType", BoundaryType } };
}
