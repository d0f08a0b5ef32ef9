using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of GET_MAX_OFFSET (30), GET_MIN_OFFSET (31) and GET_EARLIEST_MSG_STORETIME (32).</summary>
public sealed record TopicQueueRequestHeader(string Topic, int QueueId) : IRequestHeader<TopicQueueRequestHeader>
{
    public static TopicQueueRequestHeader Read(ref HeaderReader reader) => new(reader.Text("topic"), reader.Int32("queueId"));

    public ExtFields ToExtFields() => new() { { "topic", Topic }, { "queueId", QueueId } };
}
