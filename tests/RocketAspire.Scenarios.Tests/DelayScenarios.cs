using RocketAspire.Protocol.Messages;

namespace RocketAspire.Scenarios.Tests;

public sealed class DelayScenarios(Cluster cluster)
{
    [Fact]
    public async Task A_message_waits_for_its_delay_level()
    {
        await using var scenario = new Scenario(cluster);
        Assert.SkipUnless(cluster.Setting("messageDelayLevel")?.StartsWith("1s ", StringComparison.Ordinal) ?? false, "the broker's first delay level isn't 1 s");
        await WaitsAsync(scenario, MessageProperties.Delay, "1", 1000);
    }

    [Fact]
    public async Task A_timed_message_waits_for_its_time()
    {
        await using var scenario = new Scenario(cluster);
        scenario.SkipWithoutPop();
        Assert.SkipUnless(cluster.Setting("timerWheelEnable") is null or "true", "timerWheelEnable is off at the broker");
        await WaitsAsync(scenario, MessageProperties.TimerDelayMs, "2000", 1000);
    }

    /// <summary>By the broker's own clock: when it had the message, and when its queue did.</summary>
    private static async Task WaitsAsync(Scenario scenario, string property, string value, long atLeastMs)
    {
        var topic = await scenario.TopicAsync();
        await scenario.SendAsync(topic, "later", tag: "a", properties: new() { [property] = value });
        await scenario.SendAsync(topic, "at once");
        var messages = await scenario.PulledAsync(topic, 2);
        Assert.Equal(["at once", "later"], messages.Select(Scenario.Text));
        Assert.Equal("a", Scenario.Property(messages[1], MessageProperties.Tags));
        Assert.InRange(messages[1].StoreTimestamp - messages[1].BornTimestamp, atLeastMs - 50, 20_000);
    }
}
