using RocketAspire.Faults;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft;

/// <summary>Groups whose network and disks don't do what they should.</summary>
public sealed class GroupFaultTests
{
    private const string All = FaultyNetwork.AllPeers;

    [Fact]
    public async Task A_leader_cut_off_from_its_peers_acknowledges_nothing_more_and_follows_when_it_is_back()
    {
        await using var group = await TestGroup.StartAsync();
        var old = await group.LedAsync();
        var sent = await group.SentAsync("a", 10);
        var term = old.Broker!.RaftStatus!.Term;

        old.Network.Change(All, static faults => faults with { Isolated = FaultDirection.Both });
        var uncertain = group.SendAsync(old, "lost?");
        await Eventually.TrueAsync("another leader", () => group.Running.Any(node => node != old && node.Broker!.Replication.Role == ReplicationRole.Leader));
        Assert.Equal(ResponseCode.SystemError, await uncertain);
        await Eventually.TrueAsync("the old leader to refuse", async () => await group.SendAsync(old, "no") == ResponseCode.ServiceNotAvailable);
        sent.AddRange(await group.SentAsync("b", 10));

        old.Network.Heal();
        await group.LedAsync(term);
        await group.AgreedAsync(sent);
        Assert.DoesNotContain("no", old.Bodies("T", 0));
        Assert.Equal(sent.Count, old.Bodies("T", 0).Distinct().Count());
    }

    [Theory]
    [InlineData(FaultDirection.In)]
    [InlineData(FaultDirection.Out)]
    public async Task A_leader_that_hears_or_is_heard_no_more_is_replaced(FaultDirection direction)
    {
        await using var group = await TestGroup.StartAsync();
        var old = await group.LedAsync();
        var sent = await group.SentAsync("a", 5);
        old.Network.Change(All, faults => faults with { Isolated = direction });
        await Eventually.TrueAsync("another leader", () => group.Leader is { } leader && leader != old);
        sent.AddRange(await group.SentAsync("b", 5));
        old.Network.Heal();
        await group.AgreedAsync(sent);
    }

    [Fact]
    public async Task Lost_doubled_and_late_messages_cost_time_only()
    {
        await using var group = await TestGroup.StartAsync();
        await group.LedAsync();
        foreach (var node in group.Nodes)
        {
            node.Network.Seed(node.Peer.Port);
            node.Network.Change(All, static faults => faults with { DropPercent = 10, DuplicatePercent = 20, DelayMs = 5 });
        }

        var sent = await group.SentAsync("a", 60);
        foreach (var node in group.Nodes) node.Network.Heal();
        await group.AgreedAsync(sent);
    }

    [Fact]
    public async Task A_leader_whose_disk_is_full_lets_another_lead()
    {
        await using var group = await TestGroup.StartAsync();
        var old = await group.LedAsync();
        var sent = await group.SentAsync("a", 5);
        old.Device.CapacityBytes = old.Device.AllocatedBytes;
        await group.TrueAsync("another leader", async () =>
        {
            if (group.Leader == old) await group.SendAsync(old, new string('x', 10_000));
            return group.Leader is { } leader && leader != old;
        });
        sent.AddRange(await group.SentAsync("b", 5));
        old.Device.CapacityBytes = long.MaxValue;
        await group.AgreedAsync(sent);
    }

    [Fact]
    public async Task A_leader_that_cannot_sync_lets_another_lead_and_acknowledges_nothing_alone()
    {
        await using var group = await TestGroup.StartAsync();
        var old = await group.LedAsync();
        var sent = await group.SentAsync("a", 5);
        old.Device.FailFlush = static path => path.Contains("commitlog", StringComparison.Ordinal);
        await group.SendAsync(old, "b?");
        await Eventually.TrueAsync("another leader", () => group.Leader is { } leader && leader != old);
        sent.AddRange(await group.SentAsync("c", 5));
        await old.KillAsync();
        await old.StartAsync();
        await group.AgreedAsync(sent);
    }

    [Fact]
    public async Task A_vote_that_its_disk_keeps_slowly_makes_a_leader_all_the_same()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        var sent = await group.SentAsync("a", 5);
        await group.AgreedAsync(sent);
        var term = leader.Broker!.RaftStatus!.Term;
        var followers = group.Nodes.Where(node => node != leader).ToList();
        await followers[0].KillAsync();
        // A vote takes two syncs; a candidate waits 200 to 400 ms at first.
        followers[1].Device.BeforeFlush = static _ => Thread.Sleep(400);
        await leader.KillAsync();
        await leader.StartAsync();
        await group.LedAsync(term);
        followers[1].Device.BeforeFlush = null;
        sent.AddRange(await group.SentAsync("b", 5));
        await followers[0].StartAsync();
        await group.AgreedAsync(sent);
    }

    [Fact]
    public async Task A_node_whose_state_file_is_damaged_comes_back_as_a_learner_and_votes_again()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        var sent = await group.SentAsync("a", 5);
        var node = group.Nodes.First(n => n != leader);
        await node.KillAsync();
        using (var file = node.Device.Open($"/{node.Peer.Id}/raft.state", create: false)) file.Write(3, "XX"u8);
        await node.StartAsync();
        await Eventually.TrueAsync("the node to vote again", () => node.Broker!.RaftStatus!.Member == Broker.Raft.MemberState.Voter);
        sent.AddRange(await group.SentAsync("b", 5));
        await group.AgreedAsync(sent);
    }

    [Fact]
    public async Task A_node_that_was_away_for_long_catches_up_while_the_group_serves()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        var away = group.Nodes.First(node => node != leader);
        await away.KillAsync();
        var body = new string('x', 200_000);
        for (var i = 0; i < 100; i++) Assert.Equal(ResponseCode.Success, await group.SendAsync(leader, body));
        var starting = away.StartAsync();
        var sent = await group.SentAsync("a", 50);
        await starting;
        await group.AgreedAsync(sent);
        Assert.Equal(100, away.Bodies("T", 0).Count(text => text.Length == body.Length));
    }

    [Fact]
    public async Task A_store_of_no_group_is_refused_in_one_line()
    {
        await using var group = await TestGroup.StartAsync(start: false);
        var device = group.Nodes[0].Device;
        await using (var plain = await TestBroker.StartAsync(static o => o with { Store = TestBroker.StoreIn("/n0") }, device: device)) await plain.SentAsync("T", "old");
        var e = await Assert.ThrowsAsync<Store.StoreException>(() => group.Nodes[0].StartAsync());
        Assert.Contains("holds a log but no raft.state", e.Message, StringComparison.Ordinal);
    }
}
