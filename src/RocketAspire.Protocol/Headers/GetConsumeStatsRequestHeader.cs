using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of GET_CONSUME_STATS (208); without a topic, all of the group's.</summary>
public sealed record GetConsumeStatsRequestHeader(string ConsumerGroup, string? Topic) : IRequestHeader<GetConsumeStatsRequestHeader>
{
    public static GetConsumeStatsRequestHeader Read(ref HeaderReader reader) =>
        new(reader.Text("consumerGroup"), reader.TextOrNull("topic"));

    public ExtFields ToExtFields() => new() { { "consumerGroup", ConsumerGroup }, { "topic", Topic } };
}
