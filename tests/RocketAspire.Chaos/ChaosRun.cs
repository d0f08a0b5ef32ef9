using RocketAspire.Chaos.Check;
using RocketAspire.Chaos.Cluster;
using RocketAspire.Chaos.Faults;
using RocketAspire.Chaos.Load;
using RocketAspire.Chaos.Report;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Chaos;

/// <summary>One seed: a cluster, its load, its faults, and the judgement.</summary>
internal sealed class ChaosRun
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RecoverLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan QuietLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    private readonly ChaosOptions _options;
    private readonly int _seed;
    private readonly Timeline _timeline;
    private readonly List<Violation> _violations = [];

    public ChaosRun(ChaosOptions options, int seed, TextWriter output)
    {
        _options = options;
        _seed = seed;
        _timeline = new Timeline(output, TimeProvider.System);
    }

    public async Task<RunResult> RunAsync(CancellationToken stop)
    {
        using var folder = new RunFolder { Keep = true };
        _timeline.Write($"chaos: {_options.Topology}, seed {_seed}, {_options.Seconds} s; nodes in {folder.Path}");
        var topology = ChaosTopology.Place(_options.Topology, _seed, folder.Path);
        using var cluster = new ChaosCluster(topology, folder.Path, _timeline);
        var client = new RocketMQClientOptions { NameServers = NameServerList.Parse(topology.NameServerList) };
        await using var connection = new RocketMQConnection(client);
        await using var asking = new RocketMQConnection(client with { RequestTimeout = TimeSpan.FromSeconds(1), ConnectTimeout = TimeSpan.FromSeconds(1) });
        var probe = new ClusterProbe(cluster, asking);
        var sends = new SendLog();
        cluster.StartAll();
        if (await IsReadyAsync(cluster, probe, stop).ConfigureAwait(false))
        {
            var context = new LoadContext(_seed, connection, new Routes(asking, TimeProvider.System), sends, () => _timeline.Now);
            var addresses = cluster.Groups.ToDictionary(g => g, g => (IReadOnlyList<string>)[.. cluster.BrokersOf(g).Select(static b => b.Address)]);
            await using var load = new RunLoad(context, addresses, _options.Rate);
            var history = await BreakAsync(cluster, probe, load, sends, connection, stop).ConfigureAwait(false);
            if (history is not null) _violations.AddRange(Checker.Check(history));
        }

        foreach (var failure in cluster.Failures) _violations.Add(new(ViolationKind.NodeFailed, failure));
        folder.Keep = _options.Keep || (_violations.Count > 0 && !stop.IsCancellationRequested);
        var result = new RunResult(_seed, _options.Topology, _violations, RunStatistics.Of(sends.All, cluster.Groups, _timeline));
        RunReport.Write(_timeline, result, folder.Keep ? folder.Path : null);
        return result;
    }

    /// <summary>Every group has the topic, and a message went through it.</summary>
    private async Task<bool> IsReadyAsync(ChaosCluster cluster, ClusterProbe probe, CancellationToken stop)
    {
        var topic = new TopicConfig { TopicName = ChaosTopology.TopicName, ReadQueueNums = ChaosTopology.QueuesPerGroup, WriteQueueNums = ChaosTopology.QueuesPerGroup };
        foreach (var group in cluster.Groups)
        {
            var isReady = await Wait.UntilAsync(
                async () =>
                {
                    if (probe.LeaderOf(group) is not { } leader) return false;
                    await probe.Admin.CreateTopicAsync(leader.Address, topic, stop).ConfigureAwait(false);
                    return true;
                },
                StartLimit, Between, stop).ConfigureAwait(false);
            if (isReady) continue;
            if (!stop.IsCancellationRequested) Fail($"{group} did not become ready within {StartLimit.TotalSeconds:0} s of the first start");
            return false;
        }

        _timeline.Say("every group has its topic");
        return true;
    }

    private async Task<History?> BreakAsync(ChaosCluster cluster, ClusterProbe probe, RunLoad load, SendLog sends, RocketMQConnection connection, CancellationToken stop)
    {
        if (!await EachGroupAcknowledgesAsync(cluster, sends, StartLimit, stop).ConfigureAwait(false)) return null;
        _timeline.Say("every group acknowledges");
        var turns = new Turns();
        var stores = new StoreFaults(cluster, probe, load, turns, loseNothingUnsynced: _options.Topology == "2m-2s-async", _timeline);
        var processes = new ProcessFaults(cluster, probe, _timeline);
        var length = TimeSpan.FromSeconds(_options.Seconds);
        var schedule = Schedule.Create(_seed, length, _options.Faults ?? FaultKinds.For(_options.Topology));
        var seams = new SeamFaults(cluster, probe, processes, _timeline);
        await new FaultRunner(cluster, processes, stores, seams, new Garbage(cluster, _timeline), turns, _timeline).RunAsync(schedule, length, stop).ConfigureAwait(false);
        if (stop.IsCancellationRequested) return null;
        if (await EachGroupAcknowledgesAsync(cluster, sends, RecoverLimit, stop).ConfigureAwait(false)) _timeline.Say("every group acknowledges again");
        await load.StopProducersAsync().ConfigureAwait(false);
        var ends = await QuietAsync(cluster, probe, load, connection, stop).ConfigureAwait(false);
        if (stop.IsCancellationRequested) return null;
        var final = new FinalState(cluster, connection, _seed);
        var queues = await ReadQueuesAsync(cluster, final).ConfigureAwait(false);
        await load.StopConsumersAsync().ConfigureAwait(false);
        await Task.WhenAll(cluster.Brokers.Select(b => processes.StopAsync(b.Process))).ConfigureAwait(false);
        await Task.WhenAll(cluster.NameServers.Select(processes.StopAsync)).ConfigureAwait(false);
        _timeline.Say("every node is stopped");
        return new History
        {
            Seed = _seed,
            Topic = ChaosTopology.TopicName,
            Sends = sends.All,
            Consumers = [.. load.Consumers.Select(static c => c.View)],
            Views = queues,
            Logs = [.. cluster.Groups.Select(g => new GroupLogs(g, ends.GetValueOrDefault(g), final.Logs(g), stores.ReadsArePermanent(g)))],
        };
    }

    private async Task<bool> EachGroupAcknowledgesAsync(ChaosCluster cluster, SendLog sends, TimeSpan limit, CancellationToken stop)
    {
        var before = cluster.Groups.ToDictionary(g => g, sends.AcknowledgedBy);
        var all = true;
        foreach (var group in cluster.Groups)
        {
            if (await Wait.UntilAsync(() => Task.FromResult(sends.AcknowledgedBy(group) > before[group] + 10), limit, Between, stop).ConfigureAwait(false)) continue;
            all = false;
            if (!stop.IsCancellationRequested) Fail($"{group} acknowledged only {sends.AcknowledgedBy(group) - before[group]} messages within {limit.TotalSeconds:0} s");
        }

        return all;
    }

    /// <summary>Until consumers have read everything and all nodes of a group hold the same; answers the groups' ends.</summary>
    private async Task<Dictionary<string, long>> QuietAsync(ChaosCluster cluster, ClusterProbe probe, RunLoad load, RocketMQConnection connection, CancellationToken stop)
    {
        var ends = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var group in cluster.Groups)
        {
            var isSame = await Wait.UntilAsync(async () => await probe.CommonEndAsync(group).ConfigureAwait(false) is { } end && (ends[group] = end) > 0, QuietLimit, Between, stop).ConfigureAwait(false);
            if (!isSame && !stop.IsCancellationRequested) Fail($"the nodes of {group} did not come to the same end within {QuietLimit.TotalSeconds:0} s: {await EndsAsync(cluster, probe, group).ConfigureAwait(false)}");
        }

        var admin = new RocketMQAdmin(connection);
        foreach (var consumer in load.Consumers)
        {
            var max = 0L;
            var hasAll = await Wait.UntilAsync(
                async () => probe.LeaderOf(consumer.Queue.Group) is { } leader
                    && consumer.Furthest >= (max = await admin.GetMaxOffsetAsync(leader.Address, ChaosTopology.TopicName, consumer.Queue.Id, stop).ConfigureAwait(false)),
                QuietLimit, Between, stop).ConfigureAwait(false);
            if (!hasAll && !stop.IsCancellationRequested) Fail($"a consumer of {consumer.Queue} is at {consumer.Position} of {max} after {QuietLimit.TotalSeconds:0} s");
        }

        _timeline.Say("all is quiet");
        return ends;
    }

    private static async Task<string> EndsAsync(ChaosCluster cluster, ClusterProbe probe, string group)
    {
        var ends = new List<string>();
        foreach (var broker in cluster.BrokersOf(group)) ends.Add($"{broker.Name} {(await probe.LogEndAsync(broker).ConfigureAwait(false))?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "does not answer"}");
        return string.Join(", ", ends);
    }

    private static async Task<IReadOnlyList<QueueView>> ReadQueuesAsync(ChaosCluster cluster, FinalState final)
    {
        var views = new List<QueueView>();
        foreach (var broker in cluster.Brokers)
            for (var id = 0; id < ChaosTopology.QueuesPerGroup; id++)
                views.Add(new QueueView(broker.Name, new QueueName(broker.Group, id), await final.ReadQueueAsync(broker.Address, id).ConfigureAwait(false)));
        return views;
    }

    private void Fail(string text)
    {
        _timeline.Say(text);
        _violations.Add(new(ViolationKind.NotRecovered, text));
    }
}
