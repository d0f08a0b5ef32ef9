using Aspire.Hosting.ApplicationModel;
using RocketAspire.AppHost.Tests.Failover;
using RocketAspire.Hosting.Topology;
using RocketAspire.TestSupport;

namespace RocketAspire.Containers.Tests;

/// <summary>Clusters of containers on a bridge network under load: what is acknowledged is there at the end, whatever is done to containers.</summary>
public sealed class ContainerFailoverTests() : FailoverTests(LongestGap)
{
    private const string Group = "broker-a";

    // A send that got no answer waits three seconds before it is tried elsewhere; a container takes a second to come back.
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task A_master_is_killed_paused_disconnected_and_restarted_and_its_volume_survives()
    {
        OurImage.Need();
        await using var cluster = await StartAsync("2m-2s-sync", "--engine", "container", "--image", OurImage.Name, "--volumes", "true");
        Assert.All(cluster.Resource.Nodes, n => Assert.Equal(1, n.Annotations.OfType<ContainerMountAnnotation>().Count(m => m.Type == ContainerMountType.Volume)));
        await using var consumers = Consumers.Start(cluster.Topology, Topic, Queues);
        await using var producers = await LoadAsync(cluster);

        await cluster.KillAsync("broker-a");
        await producers.MoreAsync(Some, "broker-b");
        AssertGap(producers, "killed master");
        // Its address is gone with it: whoever asks there first, as consumers do, waits for each answer that doesn't come.
        await using (var late = Consumers.Start(cluster.Topology with { Brokers = [cluster.Broker("broker-a-s")] }, Topic, Queues))
        {
            await late.CaughtUpAsync(producers.Acknowledged, "broker-a");
        }
        await cluster.StartAsync("broker-a");
        await cluster.HealthyAsync("broker-a");
        await producers.MoreAsync(Some, "broker-a");

        await cluster.CommandAsync("broker-b", "pause");
        Assert.Equal((ResourceCommandState.Disabled, ResourceCommandState.Enabled), (cluster.CommandState("broker-b", "pause"), cluster.CommandState("broker-b", "resume")));
        await producers.MoreAsync(2 * Senders, "broker-a");
        await cluster.CommandAsync("broker-b", "resume");
        await producers.MoreAsync(Some, "broker-b");

        await cluster.CommandAsync("broker-b", "isolate");
        await producers.MoreAsync(2 * Senders, "broker-a");
        await cluster.CommandAsync("broker-b", "heal");
        await producers.MoreAsync(Some, "broker-b");
        await cluster.HealthyAsync();

        await cluster.CommandAsync("broker-a", KnownResourceCommands.RestartCommand);
        await cluster.HealthyAsync();
        await producers.MoreAsync(Some, "broker-a");
        await FinishAsync(cluster, producers, consumers);
    }

    [Fact]
    public async Task A_leader_is_killed_paused_disconnected_and_restarted_and_another_takes_over_each_time()
    {
        OurImage.Need();
        await using var cluster = await StartAsync("dledger", "--engine", "container", "--image", OurImage.Name, "--volumes", "false");
        await using var consumers = Consumers.Start(cluster.Topology, Topic, Queues);
        await using (var producers = await LoadAsync(cluster))
        {
            var killed = await LeaderAsync(cluster);
            await cluster.KillAsync(killed.Name);
            await TakenOverAsync(killed, "killed leader");
            await cluster.StartAsync(killed.Name);
            await cluster.HealthyAsync();

            var paused = await LeaderAsync(cluster);
            await cluster.CommandAsync(paused.Name, "pause");
            await TakenOverAsync(paused, "paused leader");
            await cluster.CommandAsync(paused.Name, "resume");
            await cluster.HealthyAsync();

            var apart = await LeaderAsync(cluster);
            await cluster.CommandAsync(apart.Name, "isolate");
            await TakenOverAsync(apart, "disconnected leader");
            await cluster.CommandAsync(apart.Name, "heal");
            await cluster.HealthyAsync();

            var restarted = await LeaderAsync(cluster);
            await cluster.CommandAsync(restarted.Name, KnownResourceCommands.RestartCommand);
            await producers.MoreAsync(Some);
            await cluster.HealthyAsync();
            AssertGap(producers, "restarted leader");
            await FinishAsync(cluster, producers, consumers);

            async Task TakenOverAsync(BrokerNode before, string what)
            {
                await producers.MoreAsync(Some);
                Assert.NotEqual(before, await LeaderAsync(cluster, not: before));
                AssertGap(producers, what);
                producers.ResetGaps();
            }
        }

        await cluster.AssertLogsAgreeAsync();
    }

    [Fact]
    public async Task A_kept_store_is_read_before_the_first_write_and_by_the_embedded_engine_too()
    {
        OurImage.Need();
        using var data = new TemporaryFolder();
        IReadOnlyDictionary<Place, Acknowledged> acknowledged;
        await using (var cluster = await StartAsync("2m-2s-sync", "--engine", "container", "--image", OurImage.Name, "--data-path", data.Path))
        {
            await using var producers = await LoadAsync(cluster);
            await producers.DisposeAsync();
            acknowledged = producers.Acknowledged;
        }

        await AllReadAsync("--engine", "container", "--image", OurImage.Name);
        await AllReadAsync("--engine", "embedded");

        async Task AllReadAsync(params string[] engine)
        {
            await using var again = await FailoverCluster.StartAsync(TestContext.Current.CancellationToken, ["--topology", "2m-2s-sync", "--data-path", data.Path, .. engine]);
            await using var consumers = Consumers.Start(again.Topology, Topic, Queues);
            await consumers.CaughtUpAsync(acknowledged);
            Assert.All(acknowledged, a => Assert.Equal(a.Value.Text, consumers.Read[a.Key]));
        }
    }

    /// <summary>As the name servers see it; without an address that only the leader has, it goes by its own.</summary>
    private static async Task<BrokerNode> LeaderAsync(FailoverCluster cluster, BrokerNode? not = null)
    {
        BrokerNode? leader = null;
        await Eventually.TrueAsync($"a leader{(not is null ? "" : " other than " + not.Name)} to be registered", async () =>
        {
            var seen = (await cluster.Admin.GetClusterInfoAsync(cluster.Ct)).BrokerAddrTable[Group].BrokerAddrs;
            leader = seen.TryGetValue(0, out var address) ? cluster.Topology.Brokers.SingleOrDefault(b => b != not && b.Address == address) : null;
            return leader is not null;
        });
        return leader!;
    }
}
