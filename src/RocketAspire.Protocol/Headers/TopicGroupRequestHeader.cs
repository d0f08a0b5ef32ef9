using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of QUERY_CONSUME_TIME_SPAN (303) and QUERY_SUBSCRIPTION_BY_CONSUMER (345).</summary>
public sealed record TopicGroupRequestHeader(string Topic, string Group) : IRequestHeader<TopicGroupRequestHeader>
{
    public static TopicGroupRequestHeader Read(ref HeaderReader reader) => new(reader.Text("topic"), reader.Text("group"));

    public ExtFields ToExtFields() => new() { { "topic", Topic }, { "group", Group } };
}
