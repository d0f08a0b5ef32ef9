using System.Text.Json;

namespace RocketAspire.AppHost.Tests.ForeignClients;

/// <summary>The default cluster, used by a client that nobody here wrote: the npm package ali-ons.</summary>
public sealed class AliOnsTests(AliOnsCluster cluster) : IClassFixture<AliOnsCluster>
{
    [Fact]
    public async Task A_thousand_messages_go_over_both_masters_and_two_consumers_share_them_twice()
    {
        cluster.SkipIfNotInstalled();
        await cluster.CreateTopicsAsync(["Foreign"]);
        using var result = await cluster.RunAsync("scenario.js", new { nameServers = cluster.NameServers, topic = "Foreign", messages = 1000, rounds = 2, consumers = 2, timeoutMs = 60000 });
        var sent = result.RootElement.GetProperty("sent");
        Assert.Equal(0, sent.GetProperty("failed").GetArrayLength());
        Assert.Equal(["broker-a", "broker-b"], sent.GetProperty("byBroker").EnumerateObject().Select(static p => p.Name).Order());
        Assert.Equal(2, result.RootElement.GetProperty("rounds").GetArrayLength());
        foreach (var round in result.RootElement.GetProperty("rounds").EnumerateArray())
        {
            Assert.Equal(1000, Int(round, "distinct"));
            Assert.Equal(0, round.GetProperty("missing").GetArrayLength());
            Assert.All(round.GetProperty("perConsumer").EnumerateArray(), static got => Assert.True(got.GetInt32() > 0, "one consumer got nothing"));
        }
    }

    /// <summary>One run for all of them: the first retry comes after 10 s, and the others pass meanwhile.</summary>
    [Fact]
    public async Task Broadcast_delay_levels_tags_and_retries_work()
    {
        cluster.SkipIfNotInstalled();
        var topics = new { broadcast = "ForeignBroadcast", delay = "ForeignDelay", tags = "ForeignTags", retry = "ForeignRetry" };
        await cluster.CreateTopicsAsync([topics.broadcast, topics.delay, topics.tags, topics.retry]);
        using var result = await cluster.RunAsync("features.js", new { nameServers = cluster.NameServers, topics, timeoutMs = 60000 });
        JsonElement Of(string feature) => result.RootElement.GetProperty(feature).GetProperty("result");
        Assert.Equal("not this time", Assert.Single(Errors("retry"))[^"not this time".Length..]);
        Assert.Empty(Errors("broadcast").Concat(Errors("delay")).Concat(Errors("tags")));

        // Each of the two consumers gets all.
        Assert.Equal([(40, 0), (40, 0)], Of("broadcast").EnumerateArray().Select(static each => (Int(each, "deliveries"), each.GetProperty("missing").GetArrayLength())));

        foreach (var (message, levelMs) in Of("delay").EnumerateArray().Zip([0, 1000, 5000]))
        {
            var tookMs = Assert.Single(message.GetProperty("tookMs").EnumerateArray()).GetInt32();
            Assert.True(tookMs >= levelMs && (levelMs == 0 || tookMs < levelMs + 5000), $"{message.GetProperty("body")} took {tookMs} ms");
        }

        // What the consumer doesn't want the brokers don't send.
        var tags = Of("tags");
        Assert.Equal((10, 0, 10, 20), (Int(tags, "red"), Int(tags, "green"), Int(tags, "blue"), Int(tags, "pulled")));

        var deliveries = Of("retry").EnumerateArray().ToArray();
        Assert.Equal(2, deliveries.Length);
        Assert.All(deliveries, each => Assert.Equal(("try again", topics.retry), (each.GetProperty("body").GetString(), each.GetProperty("topic").GetString())));
        Assert.Equal([0, 1], deliveries.Select(static each => Int(each, "reconsumeTimes")));
        Assert.Equal(deliveries[0].GetProperty("origin").GetString(), deliveries[1].GetProperty("origin").GetString());
        // Delay level 3, the first of a message that comes back.
        Assert.InRange(Int(deliveries[1], "afterMs"), 10_000, 20_000);

        List<string> Errors(string feature) => [.. result.RootElement.GetProperty(feature).GetProperty("errors").EnumerateArray().Select(static error => error.GetString()!)];
    }

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
