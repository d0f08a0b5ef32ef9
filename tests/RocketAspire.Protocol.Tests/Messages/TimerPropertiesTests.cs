using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Protocol.Tests.Messages;

public sealed class TimerPropertiesTests
{
    private static byte[] Properties(params (string Name, string Value)[] pairs) =>
        Encoding.UTF8.GetBytes(string.Concat(pairs.Select(static p => $"{p.Name}\u0001{p.Value}\u0002")));

    [Theory]
    [InlineData("TIMER_DELIVER_MS", "5000", 5000L)]
    [InlineData("TIMER_DELAY_SEC", "2", 3000L)]
    [InlineData("TIMER_DELAY_MS", "2", 1002L)]
    [InlineData("TIMER_DELAY_MS", "-5", 995L)]
    [InlineData("TIMER_DELAY_SEC", "9223372036854775807", null)]
    [InlineData("TIMER_DELIVER_MS", "x", null)]
    public void The_moment_is_read_from_any_of_three_properties(string name, string value, long? expected)
    {
        var properties = Properties((name, value));
        Assert.True(TimerProperties.IsTimed(properties));
        Assert.Equal(expected, TimerProperties.DeliverAt(properties, 1000));
    }

    [Fact]
    public void A_message_waits_once_and_not_beside_a_delay_level()
    {
        Assert.False(TimerProperties.IsTimed(Properties(("TAGS", "a"))));
        Assert.False(TimerProperties.IsTimed(Properties(("TIMER_DELAY_SEC", "2"), ("TIMER_OUT_MS", "5"))));
        Assert.False(TimerProperties.IsTimed(Properties(("TIMER_DELAY_SEC", "2"), ("DELAY", "3"))));
        Assert.True(TimerProperties.IsTimed(Properties(("TIMER_DELAY_SEC", "2"), ("DELAY", "0"))));
    }

    [Theory]
    [InlineData(5000, 4000, 5000)]
    [InlineData(5001, 5000, 6000)]
    [InlineData(5999, 5000, 6000)]
    public void A_message_comes_at_the_next_whole_second(long deliverMs, long outMs, long due)
    {
        Assert.Equal(outMs, TimerProperties.OutMs(deliverMs));
        Assert.Equal(due, TimerProperties.DueCode(Properties(("TIMER_OUT_MS", $"{outMs}"))));
        Assert.Equal(due | 1, TimerProperties.DueCode(Properties(("TIMER_OUT_MS", $"{outMs}"), ("TIMER_DEL_UNIQKEY", "t+u"))));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-5")]
    [InlineData("9223372036854775807")]
    public void Nonsense_in_the_internal_topic_is_due_at_once(string outMs) => Assert.Equal(0, TimerProperties.DueCode(Properties(("TIMER_OUT_MS", outMs))));

    [Fact]
    public void A_recall_handle_is_Javas()
    {
        var handle = new RecallHandle("orders", "broker-a", 1_700_000_000_001, "7F0000010000");
        Assert.Equal("djEgb3JkZXJzIGJyb2tlci1hIDE3MDAwMDAwMDAwMDEgN0YwMDAwMDEwMDAw", handle.ToString());
        Assert.True(RecallHandle.TryParse(handle.ToString(), out var read));
        Assert.Equal(handle, read);
        Assert.True(RecallHandle.TryParse(new RecallHandle("t", "b", 1, "u").ToString(), out _));
        Assert.True(RecallHandle.TryParse(new RecallHandle("t", "b", 1, "u").ToString().TrimEnd('='), out _));
        Assert.False(RecallHandle.TryParse("v1", out _));
    }
}
