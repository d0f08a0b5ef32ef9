using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Client.Tests;

public sealed class TopicKindTests
{
    [Theory]
    [InlineData("Orders", null, false, TopicKind.Normal)]
    [InlineData("Orders", "NORMAL", false, TopicKind.Normal)]
    [InlineData("Orders", null, true, TopicKind.Fifo)]
    [InlineData("Orders", "FIFO", false, TopicKind.Fifo)]
    [InlineData("Orders", "DELAY", false, TopicKind.Delay)]
    [InlineData("Orders", "TRANSACTION", false, TopicKind.Transaction)]
    [InlineData("Orders", "MIXED", false, TopicKind.Normal)]
    [InlineData("%RETRY%shop", null, false, TopicKind.Retry)]
    [InlineData("%DLQ%shop", null, false, TopicKind.DeadLetter)]
    [InlineData("RMQ_SYS_TRACE_TOPIC", null, false, TopicKind.System)]
    public void What_a_topic_is_for_is_told_by_its_name_and_settings(string name, string? type, bool order, TopicKind expected)
    {
        var attributes = type is null ? null : new SortedDictionary<string, string>(StringComparer.Ordinal) { ["message.type"] = type };
        Assert.Equal(expected, TopicSummary.KindOf(new TopicConfig { TopicName = name, Order = order, Attributes = attributes }));
    }
}
