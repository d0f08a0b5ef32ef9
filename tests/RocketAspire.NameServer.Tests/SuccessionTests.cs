using RocketAspire.Protocol;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.NameServer.Tests;

/// <summary>One node takes another's place.</summary>
public sealed class SuccessionTests
{
    private const string MasterA = "127.0.0.1:10911";
    private const string SlaveA = "127.0.0.1:11911";

    [Fact]
    public async Task Another_address_for_the_master_replaces_it_at_once_and_its_late_goodbye_changes_nothing()
    {
        await using var cluster = await Cluster.StartAsync();
        var old = new BrokerNode(cluster.NewClient(), "broker-a", 0, MasterA);
        var follower = new BrokerNode(cluster.NewClient(), "broker-a", 2, SlaveA);
        await cluster.RegisterAsync(old);
        await cluster.RegisterAsync(follower);

        await cluster.RegisterAsync(follower with { Id = 0 });
        Assert.Equal([new(0, SlaveA)], (await cluster.RouteAsync("TopicA"))!.BrokerDatas[0].BrokerAddrs);

        await cluster.AskAsync(RequestCode.UnregisterBroker, old.Goodbye(), from: old.Client);
        await old.Client.DisposeAsync();
        Assert.Equal([new(0, SlaveA)], (await cluster.RouteAsync("TopicA"))!.BrokerDatas[0].BrokerAddrs);

        await cluster.RegisterAsync(old with { Client = cluster.NewClient(), Id = 1 });
        Assert.Equal([new(0, SlaveA), new(1, MasterA)], (await cluster.RouteAsync("TopicA"))!.BrokerDatas[0].BrokerAddrs);
    }

    [Fact]
    public async Task A_master_of_an_older_term_does_not_replace_a_newer_one()
    {
        await using var cluster = await Cluster.StartAsync();
        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 0, MasterA) { Version = new(1, 1, StateVersion: 7) });

        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 0, SlaveA) { Version = new(2, 2, StateVersion: 6) });
        Assert.Equal(MasterA, (await cluster.RouteAsync("TopicA"))!.BrokerDatas[0].MasterAddress);

        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 0, SlaveA) { Version = new(3, 3, StateVersion: 8) });
        Assert.Equal(SlaveA, (await cluster.RouteAsync("TopicA"))!.BrokerDatas[0].MasterAddress);
    }

    /// <summary>The address of a DLedger group goes from leader to leader; one that was stopped for a while may still say that it has it, and then go.</summary>
    [Fact]
    public async Task A_replaced_leader_takes_a_shared_address_with_it_neither_when_it_registers_nor_when_it_goes()
    {
        await using var cluster = await Cluster.StartAsync();
        var old = cluster.NewClient();
        await cluster.RegisterAsync(new(old, "broker-a", 0, MasterA) { Version = new(1, 1, StateVersion: 6) });
        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 0, MasterA) { Version = new(2, 2, StateVersion: 7) });
        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 1, SlaveA) { Version = new(2, 2, StateVersion: 7) });

        await cluster.RegisterAsync(new(old, "broker-a", 0, MasterA) { Version = new(3, 3, StateVersion: 6) });
        await old.DisposeAsync();
        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-b", 0, "127.0.0.1:12911"));
        Assert.Equal(MasterA, (await cluster.RouteAsync("TopicA"))!.BrokerDatas.First(static data => data.BrokerName == "broker-a").MasterAddress);
    }
}
