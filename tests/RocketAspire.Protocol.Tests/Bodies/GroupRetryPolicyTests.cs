using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Protocol.Tests.Bodies;

/// <summary>Defaults pinned from the Java classes (CustomizedRetryPolicy, ExponentialRetryPolicy of 5.3.3).</summary>
public sealed class GroupRetryPolicyTests
{
    [Fact]
    public void What_is_missing_is_Apaches_default()
    {
        var policy = GroupRetryPolicy.Read(FastJson.Parse("""{"type":"EXPONENTIAL","customizedRetryPolicy":{"next":[]},"exponentialRetryPolicy":{}}"""u8.ToArray()));
        Assert.Equal(new ExponentialRetryPolicy { InitialMs = 5_000, MaxMs = 7_200_000, Multiplier = 2 }, policy.Exponential);
        Assert.Equal((18, 1_000, 7_200_000), (policy.Customized!.NextMs.Count, policy.Customized.NextMs[0], policy.Customized.NextMs[^1]));
    }

    [Fact]
    public void It_is_written_as_it_was_read()
    {
        const string Text = """{"customizedRetryPolicy":{"next":[1,2]},"exponentialRetryPolicy":{"initial":3,"max":4,"multiplier":5},"type":"EXPONENTIAL"}""";
        var json = new FastJsonWriter();
        GroupRetryPolicy.Read(FastJson.Parse(System.Text.Encoding.UTF8.GetBytes(Text))).Write(json);
        Assert.Equal(Text, json.ToString());
    }
}
