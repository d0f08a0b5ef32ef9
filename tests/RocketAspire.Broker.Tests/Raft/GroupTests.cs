using System.Diagnostics;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft;

/// <summary>Whole brokers as a DLedger group.</summary>
public sealed class GroupTests
{
    [Fact]
    public async Task A_new_group_elects_a_leader_soon_and_only_that_one_takes_writes()
    {
        await using var group = await TestGroup.StartAsync(start: false);
        var watch = Stopwatch.StartNew();
        await group.StartAllAsync();
        var leader = await group.LedAsync();
        // Five times what is aimed at.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(7.5));
        Assert.Equal(ResponseCode.Success, await group.SendAsync(leader, "a"));
        foreach (var node in group.Nodes.Where(node => node != leader)) Assert.Equal(ResponseCode.ServiceNotAvailable, await group.SendAsync(node, "b"));
        await group.AgreedAsync(["a"]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public async Task A_killed_leader_is_replaced_nothing_acknowledged_is_lost_and_it_catches_up_when_it_returns(int nodes)
    {
        await using var group = await TestGroup.StartAsync(nodes);
        var leader = await group.LedAsync();
        var sent = await group.SentAsync("a", 20);
        for (var round = 0; round < 3; round++)
        {
            var term = leader.Broker!.RaftStatus!.Term;
            await leader.KillAsync();
            var next = await group.LedAsync(term);
            sent.AddRange(await group.SentAsync($"r{round}-", 20));
            await leader.StartAsync();
            leader = next;
            await group.AgreedAsync(sent);
        }
    }

    [Fact]
    public async Task A_leader_that_stops_in_order_hands_over_first()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        var sent = await group.SentAsync("a", 5);
        var term = leader.Broker!.RaftStatus!.Term;
        var stopping = leader.StopAsync();
        await group.LedAsync(term);
        await stopping;
        sent.AddRange(await group.SentAsync("b", 5));
        await leader.StartAsync();
        await group.AgreedAsync(sent);
    }

    [Fact]
    public async Task The_name_server_learns_of_each_leader_at_once()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        await KnowsAsync(group, leader);
        var term = leader.Broker!.RaftStatus!.Term;
        await leader.KillAsync();
        leader = await group.LedAsync(term);
        await KnowsAsync(group, leader);
    }

    [Fact]
    public async Task After_all_lost_their_power_at_once_everything_acknowledged_is_there()
    {
        await using var group = await TestGroup.StartAsync();
        await group.LedAsync();
        List<string> sent = [];
        for (var round = 0; round < 3; round++)
        {
            sent.AddRange(await group.SentAsync($"r{round}-", 30));
            await Task.WhenAll(group.Nodes.Select(static node => node.LosePowerAsync()));
            await group.StartAllAsync();
            await group.LedAsync();
            await group.AgreedAsync(sent);
        }
    }

    [Fact]
    public async Task A_wiped_node_learns_what_the_group_has_and_votes_again()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        var sent = await group.SentAsync("a", 10);
        var wiped = group.Nodes.First(node => node != leader);
        await wiped.KillAsync();
        wiped.Wipe();
        await wiped.StartAsync();
        await group.AgreedAsync(sent);
        await Eventually.TrueAsync("the wiped node to be a voter", () => wiped.Broker!.RaftStatus!.Member == Broker.Raft.MemberState.Voter);

        // Now its vote is needed.
        var term = leader.Broker!.RaftStatus!.Term;
        await leader.KillAsync();
        await group.LedAsync(term);
        sent.AddRange(await group.SentAsync("b", 5));
        await group.AgreedAsync(sent);
    }

    [Fact]
    public async Task A_wiped_majority_elects_nobody_and_says_why_until_it_is_told_to()
    {
        await using var group = await TestGroup.StartAsync();
        await group.LedAsync();
        var sent = await group.SentAsync("a", 5);
        await group.AgreedAsync(sent);
        await Task.WhenAll(group.Nodes.Select(static node => node.KillAsync()));
        group.Nodes[1].Wipe();
        group.Nodes[2].Wipe();
        await group.StartAllAsync();
        await Eventually.TrueAsync("a reason", () => group.Nodes.All(static node => node.Broker!.RaftStatus!.Reason.Length > 0));
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        Assert.Null(group.Leader);
        Assert.Equal(ResponseCode.ServiceNotAvailable, await group.SendAsync(group.Nodes[0], "b"));

        await group.Nodes[0].KillAsync();
        await group.Nodes[0].StartAsync(forceNewGroup: true);
        await group.LedAsync();
        sent.AddRange(await group.SentAsync("c", 5));
        await group.AgreedAsync(sent);
    }

    [Fact]
    public async Task A_node_that_was_away_while_the_oldest_files_went_begins_anew_from_a_base()
    {
        await using var group = await TestGroup.StartAsync(change: static o => o with { Store = o.Store with { CommitLogFileSizeBytes = 4096, MaxMessageSizeBytes = 2048 } });
        var leader = await group.LedAsync();
        await group.SentAsync("gone", 20);
        var away = group.Nodes.First(node => node != leader);
        await away.KillAsync();
        var sent = await group.SentAsync("kept", 100);
        foreach (var node in group.Running.ToList())
        {
            await Eventually.TrueAsync($"files of {node.Peer.Id} to go", async () => await node.Broker!.Store.DeleteBeforeAsync(8192) >= 8192);
        }

        await away.StartAsync();
        await Eventually.TrueAsync("the node to begin anew", () => away.Broker!.Store.MinPhysicalOffset >= 8192);
        sent.AddRange(await group.SentAsync("new", 5));
        await group.AgreedAsync(sent.TakeLast(20).ToList());
    }

    private static async Task KnowsAsync(TestGroup group, GroupNode leader) =>
        await Eventually.TrueAsync(
            $"the route to name {leader.Peer.Id} as leader and the running others under their numbers",
            async () =>
            {
                var route = await group.RouteAsync();
                return route.GetValueOrDefault(0) == leader.Address
                    && group.Running.Where(node => node != leader).All(node => route.GetValueOrDefault(node.Peer.FollowerBrokerId) == node.Address)
                    && route.Count == group.Running.Count();
            },
            TimeSpan.FromSeconds(5));
}
