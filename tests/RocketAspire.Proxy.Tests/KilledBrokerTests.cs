using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using RocketAspire.Proxy.V2;
using RocketAspire.TestSupport;

namespace RocketAspire.Proxy.Tests;

/// <summary>Brokers are killed behind a proxy, and proxies before brokers, while clients send and receive.</summary>
[Collection(nameof(KilledBrokerTests))]
public sealed class KilledBrokerTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_killed_master_stops_nobody_and_loses_nothing()
    {
        await using var cluster = await KillableCluster.TwoMastersTwoSlavesAsync();
        var (topic, group) = (await cluster.TopicAsync(), await cluster.GroupAsync());
        await using var load = new Load(cluster.Proxies);
        for (var i = 0; i < 4; i++) load.StartSender(topic, $"s{i}");
        for (var i = 0; i < 3; i++) load.StartReceiver(topic, group);
        await SentAsync(load, 200);
        await cluster.KillAsync("broker-a");
        await SentAsync(load, 300);
        cluster.Start("broker-a");
        await SentAsync(load, 300);
        await load.FinishAsync();
        Tell(load);
        Assert.True(load.LongestGap < TimeSpan.FromSeconds(5), $"nothing was sent for {load.LongestGap}");
    }

    [Fact]
    public async Task A_killed_leader_is_a_short_pause_and_order_is_kept()
    {
        await using var cluster = await KillableCluster.DLedgerAsync();
        var (topic, group) = (await cluster.TopicAsync("FIFO"), await cluster.GroupAsync(isOrdered: true));
        await using var load = new Load(cluster.Proxies);
        for (var i = 0; i < 3; i++) load.StartSender(topic, $"g{i}", group: $"g{i}");
        for (var i = 0; i < 2; i++) load.StartReceiver(topic, group);
        await SentAsync(load, 150);
        var leader = await cluster.MasterOfAsync("broker-a");
        await cluster.KillAsync(leader);
        await SentAsync(load, 150);
        cluster.Start(leader);
        await SentAsync(load, 100);
        await load.FinishAsync();
        Tell(load);
        for (var i = 0; i < 3; i++) load.AssertOrdered($"g{i}");
        Assert.True(load.LongestGap < TimeSpan.FromSeconds(15), $"nothing was sent for {load.LongestGap}");
    }

    [Fact]
    public async Task What_was_invisible_when_its_leader_died_comes_back_after_its_time_and_not_before()
    {
        await using var cluster = await KillableCluster.DLedgerAsync();
        var (topic, group) = (await cluster.TopicAsync(), await cluster.GroupAsync());
        using var caller = new Caller(cluster.Proxies[0]);
        for (var i = 0; i < 6; i++) await caller.SentAsync(Caller.Text(topic, $"{i}"));
        var popped = Stopwatch.GetTimestamp();
        var got = await caller.ReceivedAsync(topic, group, 6, static request => request.InvisibleDuration = Duration.FromTimeSpan(TimeSpan.FromSeconds(15)));
        var kept = got[0].SystemProperties;
        await cluster.KillAsync(await cluster.MasterOfAsync("broker-a"));

        // The new leader knows the handle.
        await Eventually.TrueAsync("the new leader to take an acknowledgement", async () => (await caller.AckAsync(topic, group, (kept.MessageId, kept.ReceiptHandle))).Status.Code == Code.Ok, TimeSpan.FromSeconds(12));
        var back = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);
        await Eventually.TrueAsync("five messages to come back", async () =>
        {
            foreach (var message in (await caller.ReceiveAsync(Caller.Receive(topic, group))).Messages) back.TryAdd(message.Body.ToStringUtf8(), Stopwatch.GetElapsedTime(popped));
            return back.Count >= 5;
        }, TimeSpan.FromSeconds(60));
        output.WriteLine($"came back after {back.Values.Min()} to {back.Values.Max()}");
        Assert.DoesNotContain(got[0].Body.ToStringUtf8(), back.Keys);
        Assert.All(back.Values, static after => Assert.True(after > TimeSpan.FromSeconds(14.5), $"came after {after}"));
    }

    [Fact]
    public async Task Proxies_die_one_by_one_and_the_last_one_serves_all()
    {
        await using var cluster = await KillableCluster.TwoMastersTwoSlavesAsync();
        var proxies = new List<ProxyNode> { cluster.Proxies[0], await cluster.StartProxyAsync(), await cluster.StartProxyAsync() };
        var (topic, group) = (await cluster.TopicAsync(), await cluster.GroupAsync());
        await using var load = new Load(proxies);
        for (var i = 0; i < 4; i++) load.StartSender(topic, $"s{i}");
        for (var i = 0; i < 3; i++) load.StartReceiver(topic, group);
        foreach (var proxy in proxies.Take(2))
        {
            await SentAsync(load, 200);
            await cluster.StopProxyAsync(proxy);
        }

        await SentAsync(load, 200);
        await load.FinishAsync();
        Tell(load);
        Assert.True(load.LongestGap < TimeSpan.FromSeconds(5), $"nothing was sent for {load.LongestGap}");
    }

    private static async Task SentAsync(Load load, int more)
    {
        var goal = load.Sent.Count + more;
        await Eventually.TrueAsync($"{goal} messages to be sent", () => load.Sent.Count >= goal, TimeSpan.FromSeconds(40));
    }

    private void Tell(Load load) => output.WriteLine(
        $"{load.Sent.Count} sent, longest gap {load.LongestGap.TotalMilliseconds:0} ms, {load.Received.Count} received, {load.Received.Count(static got => got.Attempt > 1)} of them again; failures: {string.Join("; ", load.Failures)}");
}
