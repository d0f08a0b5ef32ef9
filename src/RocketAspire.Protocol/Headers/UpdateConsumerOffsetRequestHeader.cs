using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of UPDATE_CONSUMER_OFFSET (15).</summary>
public sealed record UpdateConsumerOffsetRequestHeader(string ConsumerGroup, string Topic, int QueueId, long CommitOffset)
    : IRequestHeader<UpdateConsumerOffsetRequestHeader>
{
    public static UpdateConsumerOffsetRequestHeader Read(ref HeaderReader reader) =>
        new(reader.Text("consumerGroup"), reader.Text("topic"), reader.Int32("queueId"), reader.Int64("commitOffset"));

    public ExtFields ToExtFields() => new()
    {
        { "consumerGroup", ConsumerGroup },
        { "topic", Topic },
        { "queueId", QueueId },
        { "commitOffset", CommitOffset },
    };
}
