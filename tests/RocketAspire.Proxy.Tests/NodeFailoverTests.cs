using System.Globalization;
using System.Text.Json;

namespace RocketAspire.Proxy.Tests;

/// <summary>Apache's own client for Node.js, through a proxy, while the broker behind it is killed.</summary>
[Collection(nameof(KilledBrokerTests))]
public sealed class NodeFailoverTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_killed_master_loses_the_client_nothing()
    {
        await using var cluster = await KillableCluster.TwoMastersTwoSlavesAsync();
        using var node = await NodeClient.InstallAsync();
        node.Start("failover.js", new { endpoints = cluster.Proxies[0].Endpoint.ToString(), topic = await cluster.TopicAsync(), group = await cluster.GroupAsync() });
        await node.SentAsync(200);
        await cluster.KillAsync("broker-a");
        await node.SentAsync(500);
        cluster.Start("broker-a");
        await node.SentAsync(800);
        var result = await node.FinishAsync();
        Tell(result);
        Assert.Empty(result.GetProperty("missing").EnumerateArray());
        Assert.True(result.GetProperty("longestGap").GetInt32() < 10_000);
    }

    [Fact]
    public async Task A_killed_leader_loses_the_client_neither_messages_nor_their_order()
    {
        await using var cluster = await KillableCluster.DLedgerAsync();
        using var node = await NodeClient.InstallAsync();
        string[] groups = ["x", "y", "z"];
        node.Start("failover.js", new { endpoints = cluster.Proxies[0].Endpoint.ToString(), topic = await cluster.TopicAsync("FIFO"), group = await cluster.GroupAsync(isOrdered: true), messageGroups = groups });
        await node.SentAsync(150);
        var leader = await cluster.MasterOfAsync("broker-a");
        await cluster.KillAsync(leader);
        await node.SentAsync(300);
        cluster.Start(leader);
        await node.SentAsync(400);
        var result = await node.FinishAsync();
        Tell(result);
        Assert.Empty(result.GetProperty("missing").EnumerateArray());
        var received = result.GetProperty("received").EnumerateArray().Select(static e => e.GetString()!.Split(' ')).ToList();
        foreach (var group in groups)
        {
            var numbers = received.Where(parts => parts[0] == group).Select(static parts => int.Parse(parts[1], CultureInfo.InvariantCulture)).Distinct().ToList();
            Assert.Equal(numbers.Order(), numbers);
        }

        Assert.True(result.GetProperty("longestGap").GetInt32() < 20_000);
    }

    private void Tell(JsonElement result) =>
        output.WriteLine($"{result.GetProperty("sent")} sent, {result.GetProperty("received").GetArrayLength()} received, longest gap {result.GetProperty("longestGap")} ms, failures {result.GetProperty("failures")}");
}
