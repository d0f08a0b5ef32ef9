using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of the requests that name only a topic: GET_TOPIC_STATS_INFO (202), DELETE_TOPIC_IN_BROKER (215), GET_TOPIC_CONFIG (351).</summary>
public sealed record TopicRequestHeader(string Topic) : IRequestHeader<TopicRequestHeader>
{
    public static TopicRequestHeader Read(ref HeaderReader reader) => new(reader.Text("topic"));

    public ExtFields ToExtFields() => new() { { "topic", Topic } };
}
