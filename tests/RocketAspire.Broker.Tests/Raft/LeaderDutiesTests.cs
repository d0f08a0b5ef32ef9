using System.Net;
using System.Net.Sockets;
using RocketAspire.Broker.Raft;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft;

/// <summary>What only a leader does, and does no more when it is replaced.</summary>
public sealed class LeaderDutiesTests
{
    [Fact]
    public async Task The_groups_address_moves_with_its_leader()
    {
        var shared = new IPEndPoint(IPAddress.Loopback, FreePorts.Next());
        await using var group = await TestGroup.StartAsync(change: o => o with { Raft = o.Raft! with { LeaderAddress = shared } });
        for (var round = 0; round < 3; round++)
        {
            var leader = await group.LedAsync(round);
            await Eventually.TrueAsync("a send through the group's address", async () => await group.SendAsync(shared.ToString(), $"m{round}") == ResponseCode.Success);
            await Eventually.TrueAsync("the route to name the group's address and the followers", async () =>
            {
                var route = await group.RouteAsync();
                return route.GetValueOrDefault(0) == shared.ToString() && route.Count == 3 - (round == 0 ? 0 : 1);
            });
            var record = leader.Broker!.Store.ReadQueue("T", 0, 0, 1, 1000, null);
            Assert.Equal(shared, Assert.Single(Protocol.Messages.MessageRecordCodec.DecodeAll(record.Body)).StoreHost);
            if (round > 0) await group.Nodes.First(static node => node.Broker is null).StartAsync();
            await leader.KillAsync();
        }
    }

    [Fact]
    public async Task A_leader_that_cannot_have_the_groups_address_goes_by_its_own_until_it_can()
    {
        var shared = new IPEndPoint(IPAddress.Loopback, FreePorts.Next());
        using var holder = new TcpListener(shared);
        holder.Start();
        await using var group = await TestGroup.StartAsync(change: o => o with { Raft = o.Raft! with { LeaderAddress = shared } });
        var leader = await group.LedAsync();
        await Eventually.TrueAsync("the leader by its own address", async () => (await group.RouteAsync()).GetValueOrDefault(0) == leader.Address);
        holder.Stop();
        await Eventually.TrueAsync("the leader by the group's address", async () => (await group.RouteAsync()) is { Count: 3 } route && route[0] == shared.ToString());
        Assert.Equal(ResponseCode.Success, await group.SendAsync(shared.ToString(), "a"));
    }

    [Fact]
    public async Task The_VIP_port_of_the_groups_address_answers_all_but_pulls()
    {
        var shared = new IPEndPoint(IPAddress.Loopback, FreePorts.Next());
        var vip = $"127.0.0.1:{shared.Port - 2}";
        await using var group = await TestGroup.StartAsync(change: o => o with { Raft = o.Raft! with { LeaderAddress = shared } });
        await group.LedAsync();
        await Eventually.TrueAsync("a send through the VIP port", async () => await group.SendAsync(vip, "m") == ResponseCode.Success);
        foreach (var code in (int[])[RequestCode.PullMessage, RequestCode.LitePullMessage])
        {
            var pull = RemotingCommand.CreateRequest(code, TestBroker.PullHeader("T").ToExtFields());
            var refused = await group.InvokeAsync(vip, pull);
            Assert.Equal((ResponseCode.RequestCodeNotSupported, $" request type {code} not supported"), (refused.Code, refused.Remark));
        }
    }

    [Fact]
    public async Task The_preferred_node_takes_over_when_the_group_is_steady()
    {
        await using var group = await TestGroup.StartAsync(change: static o => o with { Raft = o.Raft! with { PreferredLeaderId = "n2" } });
        await Eventually.TrueAsync("n2 to lead", () => group.Leader?.Peer.Id == "n2");
        var sent = await group.SentAsync("a", 5);
        await group.Nodes[2].KillAsync();
        await group.LedAsync();
        sent.AddRange(await group.SentAsync("b", 5));
        await group.Nodes[2].StartAsync();
        await Eventually.TrueAsync("n2 to lead again", () => group.Leader?.Peer.Id == "n2");
        sent.AddRange(await group.SentAsync("c", 5));
        await group.AgreedAsync(sent);
    }

    [Fact]
    public async Task Locks_are_the_leaders_and_a_new_one_grants_none_until_old_ones_have_ended()
    {
        await using var group = await TestGroup.StartAsync(change: static o => o with { Raft = o.Raft! with { QueueLockGrace = TimeSpan.FromSeconds(3) } });
        var leader = await group.LedAsync();
        Assert.Equal(1, await LockedAsync(group, leader, "c1"));
        foreach (var node in group.Nodes.Where(node => node != leader)) Assert.Equal(0, await LockedAsync(group, node, "c1"));
        var term = leader.Broker!.RaftStatus!.Term;
        await leader.KillAsync();
        leader = await group.LedAsync(term);
        Assert.Equal(0, await LockedAsync(group, leader, "c2"));
        await Eventually.TrueAsync("the lock to be granted", async () => await LockedAsync(group, leader, "c2") == 1);
    }

    private static async Task<int> LockedAsync(TestGroup group, GroupNode node, string client)
    {
        var body = new LockBatchBody("g", client, [new MessageQueue("T", "broker-a", 0)]).Encode();
        var answer = await group.InvokeAsync(node, RemotingCommand.CreateRequest(RequestCode.LockBatchMq, null, body));
        return LockedQueuesBody.Decode(answer.Body.Span).Queues.Count;
    }
}
