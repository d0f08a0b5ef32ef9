using System.Diagnostics;
using RocketAspire.Proxy.V2;
using RocketAspire.TestSupport;

namespace RocketAspire.Proxy.Tests;

public sealed class FailoverTests
{
    [Fact]
    public async Task Sends_go_on_over_another_master_and_handles_of_the_dead_one_are_refused()
    {
        await using var cluster = await ProxyCluster.StartAsync(brokers: 2);
        using var caller = new Caller(cluster.Proxy);
        var topic = await cluster.TopicAsync(queues: 2);
        var group = await cluster.GroupAsync();
        for (var i = 0; i < 8; i++) await caller.SentAsync(Caller.Text(topic, $"before {i}"));
        var got = await caller.ReceivedAsync(topic, group, 8);
        var ofA = got.First(static m => m.SystemProperties.ReceiptHandle.Split(' ')[5] == "broker-a").SystemProperties;

        await cluster.StopBrokerAsync("broker-a");
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 8; i++) await caller.SentAsync(Caller.Text(topic, $"after {i}"));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"eight sends took {watch.Elapsed}");
        var ack = new AckMessageResponse();
        await Eventually.TrueAsync("the proxy to see that the master is gone", async () =>
        {
            ack = await caller.AckAsync(topic, group, (ofA.MessageId, ofA.ReceiptHandle));
            return ack.Status.Code == Code.InvalidReceiptHandle;
        });
        Assert.Equal("cannot find broker broker-a", ack.Entries[0].Status.Message);

        await cluster.StartBrokerAsync("broker-a");
        var seen = (await caller.ReceivedAsync(topic, group, 8)).Select(static m => m.Body.ToStringUtf8()).Where(static body => body.StartsWith("after", StringComparison.Ordinal)).Distinct();
        Assert.Equal(8, seen.Count());
    }

    [Fact]
    public async Task A_send_waits_for_its_only_master_as_long_as_the_client_does()
    {
        await using var cluster = await ProxyCluster.StartAsync(brokers: 1);
        using var caller = new Caller(cluster.Proxy);
        var topic = await cluster.TopicAsync("FIFO");
        await caller.SentAsync(Caller.Text(topic, "one", static system => system.MessageGroup = "g"));
        await cluster.StopBrokerAsync("broker-a");
        var sending = caller.SentAsync(Caller.Text(topic, "two", static system => system.MessageGroup = "g"));
        await cluster.StartBrokerAsync("broker-a");
        Assert.Equal(1, Assert.Single(await sending).Offset);
    }

    [Fact]
    public async Task Without_any_broker_the_answer_is_a_status_in_time()
    {
        await using var cluster = await ProxyCluster.StartAsync(brokers: 1);
        using var caller = new Caller(cluster.Proxy);
        var topic = await cluster.TopicAsync();
        await caller.SentAsync(Caller.Text(topic, "one"));
        await cluster.StopBrokerAsync("broker-a");
        var watch = Stopwatch.StartNew();
        var response = await caller.Service.SendMessageAsync(new SendMessageRequest { Messages = { Caller.Text(topic, "two") } }, caller.Options(seconds: 3));
        Assert.True(response.Status.Code is Code.InternalServerError or Code.TopicNotFound or Code.Forbidden, $"{response.Status.Code} {response.Status.Message}");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(3), $"{watch.Elapsed}");
    }
}
