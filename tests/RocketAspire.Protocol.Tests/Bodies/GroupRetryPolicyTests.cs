using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Protocol.Tests.Bodies;

/// <summary>Waits pinned from the Java classes' defaults and arithmetic (CustomizedRetryPolicy, ExponentialRetryPolicy of 5.3.3).</summary>
public sealed class GroupRetryPolicyTests
{
    [Theory]
    [InlineData("{}", 0, 10)]
    [InlineData("{}", -1, 10)]
    [InlineData("{}", 1, 30)]
    [InlineData("{}", 15, 7200)]
    [InlineData("{}", int.MaxValue, 7200)]
    [InlineData("""{"type":"CUSTOMIZED","customizedRetryPolicy":{"next":[1000,2000,3000,4000]}}""", 1, 4)]
    [InlineData("""{"type":"CUSTOMIZED","customizedRetryPolicy":{"next":[7000]}}""", 0, 7)]
    [InlineData("""{"type":"CUSTOMIZED","customizedRetryPolicy":{"next":[]}}""", 0, 10)]
    [InlineData("""{"type":"EXPONENTIAL"}""", 0, 10)]
    [InlineData("""{"type":"EXPONENTIAL","exponentialRetryPolicy":{}}""", 0, 5)]
    [InlineData("""{"type":"EXPONENTIAL","exponentialRetryPolicy":{}}""", 3, 40)]
    [InlineData("""{"type":"EXPONENTIAL","exponentialRetryPolicy":{}}""", 1000, 7200)]
    [InlineData("""{"type":"EXPONENTIAL","exponentialRetryPolicy":{"initial":2000,"max":9000,"multiplier":2}}""", 3, 9)]
    public void The_next_try_waits(string json, int reconsumeTimes, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), GroupRetryPolicy.Read(FastJson.Parse(System.Text.Encoding.UTF8.GetBytes(json))).NextDelay(reconsumeTimes));

    [Fact]
    public void It_is_written_as_it_was_read()
    {
        const string Text = """{"customizedRetryPolicy":{"next":[1,2]},"exponentialRetryPolicy":{"initial":3,"max":4,"multiplier":5},"type":"EXPONENTIAL"}""";
        var json = new FastJsonWriter();
        GroupRetryPolicy.Read(FastJson.Parse(System.Text.Encoding.UTF8.GetBytes(Text))).Write(json);
        Assert.Equal(Text, json.ToString());
    }
}
