using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Scenarios.Tests;

public sealed class FilterScenarios(Cluster cluster)
{
    [Fact]
    public async Task Only_messages_with_the_tags_come()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        foreach (var tag in new[] { "a", "b", "c", "a" }) await scenario.SendAsync(topic, "of " + tag, tag);
        Assert.Equal(["of a", "of c", "of a"], (await scenario.PulledAsync(topic, 3, "a || c")).Select(Scenario.Text));
    }

    [Fact]
    public async Task Only_messages_that_the_SQL_expression_holds_for_come()
    {
        await using var scenario = new Scenario(cluster);
        Assert.SkipUnless(cluster.Setting("enablePropertyFilter") == "true", "enablePropertyFilter is off at the broker");
        var topic = await scenario.TopicAsync();
        var group = await scenario.GroupAsync();
        foreach (var (body, price, colour) in new[] { ("cheap", "5", "red"), ("fair", "15", "red"), ("dear", "95", "blue") })
        {
            await scenario.SendAsync(topic, body, properties: new() { ["price"] = price, ["colour"] = colour });
        }

        await scenario.PulledAsync(topic, 3);
        Assert.Equal(["fair", "dear"], await PullAsync("price > 10"));
        Assert.Equal(["cheap", "fair"], await PullAsync("price BETWEEN 1 AND 20 AND colour IN ('red', 'green')"));
        Assert.Equal(["dear"], await PullAsync("NOT (colour = 'red') AND size IS NULL"));

        // A consumer asks before it subscribes.
        foreach (var (expression, code) in new[] { ("price > 10", ResponseCode.Success), ("price >", ResponseCode.SubscriptionParseFailed) })
        {
            var subscription = new SubscriptionData { Topic = topic, SubString = expression, ExpressionType = "SQL92", SubVersion = 1 };
            Assert.Equal(code, (await scenario.AskAsync(RequestCode.CheckClientConfig, null, new CheckClientBody("c1", group, subscription).Encode())).Code);
        }

        async Task<List<string>> PullAsync(string expression)
        {
            var found = new List<string>();
            var offset = 0L;
            await Eventually.TrueAsync("the queue's end", async () =>
            {
                var answer = await scenario.AskAsync(RequestCode.PullMessage, scenario.PullHeader(topic, group, offset, expression, "SQL92").ToExtFields());
                Assert.True(answer.Code is ResponseCode.Success or ResponseCode.PullRetryImmediately, $"{answer.Code} {answer.Remark}");
                if (answer.Code == ResponseCode.Success) found.AddRange(MessageRecordCodec.DecodeAll(answer.Body).Select(Scenario.Text));
                offset = Scenario.Read<PullMessageResponseHeader>(answer).NextBeginOffset;
                return offset >= 3;
            });
            return found;
        }
    }
}
