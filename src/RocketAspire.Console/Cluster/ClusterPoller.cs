using RocketAspire.Client;

namespace RocketAspire.Console.Cluster;

/// <summary>Asks the cluster every few seconds, once for all pages of all people.</summary>
public sealed class ClusterPoller(ConsoleOptions options, ClusterGateway gateway, ClusterReader reader, RateHistory history, TimeProvider time, ILogger<ClusterPoller> logger) : BackgroundService
{
    /// <summary>Lists are long in large clusters: they are read every so many polls, and after each change.</summary>
    private const int PollsPerTables = 3;

    private const int PollsPerTopicRates = 5;
    private const int MaxTopicRates = 50;

    private readonly SemaphoreSlim _poked = new(0, 1);
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ClusterSnapshot _current = ClusterSnapshot.Empty;
    private int _polls;
    private bool _wantsTables;

    /// <summary>Raised after each poll, on the poller's thread.</summary>
    public event Action? Changed;

    public ClusterSnapshot Current => _current;

    /// <summary>Polls at once, lists too: something was changed.</summary>
    public void Poke()
    {
        _wantsTables = true;
        try
        {
            _poked.Release();
        }
        catch (SemaphoreFullException)
        {
            // A poll is due already.
        }
    }

    /// <summary>Ends with the first poll, or after a while: the first page shall show something.</summary>
    public async Task FirstAsync()
    {
        await Task.WhenAny(_first.Task, Task.Delay(TimeSpan.FromSeconds(4), time)).ConfigureAwait(false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Listening comes first.
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await PollAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever a foreign cluster answers, the next poll may go well.
                Log.PollFailed(logger, e);
                _current = _current with { At = time.GetUtcNow(), Problem = e };
            }

            _first.TrySetResult();
            Changed?.Invoke();
            await NextAsync(stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task NextAsync(CancellationToken stoppingToken)
    {
        try
        {
            await _poked.WaitAsync(options.PollInterval, stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }
    }

    private async Task PollAsync(CancellationToken cancellationToken)
    {
        var last = _current;
        var next = await reader.ReadNodesAsync(last, cancellationToken).ConfigureAwait(false);
        if (next.Problem is { } problem)
        {
            if (last.Problem is null) Log.ClusterUnavailable(logger, problem.Message);
            _current = next;
            return;
        }

        if (last.Problem is not null) Log.ClusterAvailable(logger);
        var changedShape = !last.Nodes.Select(Shape).SequenceEqual(next.Nodes.Select(Shape));
        if (_wantsTables || changedShape || _polls % PollsPerTables == 0)
        {
            _wantsTables = false;
            next = await reader.ReadTablesAsync(next, cancellationToken).ConfigureAwait(false);
        }

        Record(next);
        if (_polls % PollsPerTopicRates == 0) await RecordTopicsAsync(next, cancellationToken).ConfigureAwait(false);
        _polls++;
        _current = next;
    }

    private static (string Address, long Id, NodeHealth Health) Shape(NodeState node) => (node.Address, node.Id, node.Health);

    private void Record(ClusterSnapshot snapshot)
    {
        foreach (var node in snapshot.Nodes.Where(static node => node.Health == NodeHealth.Up))
        {
            if (node.IsMaster) history.Add(Series.In + node.Group, snapshot.At, node.PutRate);
            if (node.IsMaster || node.GetRate > 0) history.Add(Series.Out + (node.IsMaster ? node.Group : node.Address), snapshot.At, node.GetRate);
        }

        foreach (var (group, backlog) in snapshot.Backlog.Where(static pair => !ClusterSnapshot.IsOwnGroup(pair.Key))) history.Add(Series.Backlog + group, snapshot.At, backlog);
        history.DropOlderThan(snapshot.At - TimeSpan.FromMinutes(30));
    }

    private async Task RecordTopicsAsync(ClusterSnapshot snapshot, CancellationToken cancellationToken)
    {
        var masters = snapshot.Nodes.Where(static node => node is { IsMaster: true, Health: NodeHealth.Up }).ToList();
        foreach (var topic in snapshot.Topics.Where(static topic => topic.Kind is not (TopicKind.System or TopicKind.Retry)).Take(MaxTopicRates))
        {
            try
            {
                var rate = 0.0;
                foreach (var node in masters.Where(node => topic.Configs.ContainsKey(node.Group)))
                    rate += (await gateway.Admin.Brokers.GetStatsAsync(node.Address, "TOPIC_PUT_NUMS", topic.Name, cancellationToken).ConfigureAwait(false))?.Minute.Tps ?? 0;
                history.Add(Series.Topic + topic.Name, snapshot.At, rate);
            }
            catch (Exception e) when (ClusterReader.IsClusterFault(e))
            {
                // A broker that just died leaves a gap in the line; the next poll says that it is gone.
                return;
            }
        }
    }
}

/// <summary>How series are named.</summary>
public static class Series
{
    public const string In = "in/";
    public const string Out = "out/";
    public const string Topic = "topic/";
    public const string Backlog = "backlog/";
}
