using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.TestSupport;

namespace RocketAspire.AppHost.Tests.Failover;

/// <summary>What the failover tests of each topology share: the load, its judgement, and the scenarios that are the same for all.</summary>
public abstract class FailoverTests : IDisposable
{
    private protected const string Topic = "Failover";
    private protected const int Queues = 4;
    private protected const int Senders = 8;

    /// <summary>So many more messages show that a cluster goes on.</summary>
    private protected const int Some = 300;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly TimeSpan _longestGap;
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private protected FailoverTests(TimeSpan longestGap)
    {
        _longestGap = longestGap;
        _limit.CancelAfter(Limit);
    }

    public void Dispose() => _limit.Dispose();

    private protected static void Report(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);

    private protected void AssertGap(Producers producers, string what)
    {
        var gap = producers.LongestGap();
        Report($"{what}: longest gap {gap.TotalMilliseconds:0} ms over {producers.Count} messages of {Senders} senders; failed tries: {producers.Failures}");
        Assert.True(gap < _longestGap, $"{what}: a sender went {gap.TotalMilliseconds:0} ms without an acknowledged message; failed tries: {producers.Failures}");
    }

    private protected async Task<FailoverCluster> StartAsync(string topology, params string[] args)
    {
        var watch = Stopwatch.StartNew();
        var cluster = await FailoverCluster.StartAsync(_limit.Token, ["--topology", topology, .. args]);
        await cluster.CreateTopicAsync(Topic, Queues);
        Report($"cluster ready after {watch.ElapsedMilliseconds} ms");
        return cluster;
    }

    /// <summary>Senders that every group has answered.</summary>
    private protected static async Task<Producers> LoadAsync(FailoverCluster cluster)
    {
        var producers = await Producers.StartAsync(cluster.Topology.NameServerList, Topic, Senders, cluster.Ct);
        foreach (var group in cluster.Topology.Brokers.Select(b => b.BrokerName).Distinct()) await producers.MoreAsync(Some, group);
        producers.ResetGaps();
        return producers;
    }

    private protected static async Task FinishAsync(FailoverCluster cluster, Producers producers, Consumers consumers)
    {
        await producers.MoreAsync(Some);
        await producers.DisposeAsync();
        await Verdict.NothingLostAsync(producers, consumers);
        await cluster.HealthyAsync();
    }

    private protected async Task RestartEveryNodeInTurnAsync(string topology)
    {
        await using var cluster = await StartAsync(topology);
        await using var consumers = Consumers.Start(cluster.Topology, Topic, Queues);
        await using (var producers = await LoadAsync(cluster))
        {
            foreach (var node in cluster.Resource.Nodes)
            {
                var watch = Stopwatch.StartNew();
                await cluster.CommandAsync(node.Name, KnownResourceCommands.RestartCommand);
                await cluster.HealthyAsync();
                Report($"{node.Name} restarted, all healthy after {watch.ElapsedMilliseconds} ms");
                await producers.MoreAsync(Some / 3);
            }

            AssertGap(producers, "rolling restart");
            await FinishAsync(cluster, producers, consumers);
        }

        await cluster.AssertLogsAgreeAsync();
    }

    private protected async Task ReadFirstAfterAFullStopAsync(string topology)
    {
        using var data = new TemporaryFolder();
        IReadOnlyDictionary<Place, Acknowledged> acknowledged;
        await using (var cluster = await StartAsync(topology, "--data-path", data.Path))
        {
            await using var producers = await LoadAsync(cluster);
            await producers.MoreAsync(Some);
            await producers.DisposeAsync();
            acknowledged = producers.Acknowledged;
        }

        await using (var again = await FailoverCluster.StartAsync(_limit.Token, "--topology", topology, "--data-path", data.Path))
        {
            await using var consumers = Consumers.Start(again.Topology, Topic, Queues);
            await consumers.CaughtUpAsync(acknowledged);
            Assert.All(acknowledged, a => Assert.Equal(a.Value.Text, consumers.Read[a.Key]));
            await using var producers = await LoadAsync(again);
            await FinishAsync(again, producers, consumers);
            await again.AssertLogsAgreeAsync();
        }
    }
}
