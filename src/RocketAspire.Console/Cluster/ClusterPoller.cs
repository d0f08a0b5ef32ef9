namespace RocketAspire.Console.Cluster;

/// <summary>Asks the cluster every few seconds, once for all pages of all people.</summary>
public sealed class ClusterPoller(ConsoleOptions options, ClusterReader reader, RateRecorder recorder, TimeProvider time, ILogger<ClusterPoller> logger) : BackgroundService
{
    /// <summary>Lists are long in large clusters: they are read every so many polls, and after each change.</summary>
    private const int PollsPerTables = 3;

    /// <summary>Of very many topics the list is read more seldom: one more poll each so many topics, up to the other number.</summary>
    private const int TopicsPerPoll = 100;
    private const int MaxPollsPerLists = 15;

    private readonly SemaphoreSlim _poked = new(0, 1);
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ClusterSnapshot _current = ClusterSnapshot.Empty;
    private int _polls;
    private int _pollsSinceLists = int.MaxValue;
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
            var lists = _wantsTables || changedShape || _pollsSinceLists >= Math.Min(MaxPollsPerLists, PollsPerTables + (last.Topics.Count / TopicsPerPoll));
            _wantsTables = false;
            next = await reader.ReadTablesAsync(next, lists, cancellationToken).ConfigureAwait(false);
            if (lists) _pollsSinceLists = 0;
        }

        await recorder.RecordAsync(next, cancellationToken).ConfigureAwait(false);
        _polls++;
        if (_pollsSinceLists < int.MaxValue) _pollsSinceLists++;
        _current = next;
    }

    private static (string Address, long Id, NodeHealth Health) Shape(NodeState node) => (node.Address, node.Id, node.Health);
}
