using RocketAspire.Chaos.Cluster;

namespace RocketAspire.Chaos.Load;

/// <summary>All producers and consumers of a run.</summary>
internal sealed class RunLoad : IAsyncDisposable
{
    private const int ProducersPerGroup = 3;
    private static readonly string[] ConsumerGroups = ["chaos-one", "chaos-two-groups"];

    // One in so many of a group's messages goes to any of its nodes, whether it may take it or not.
    private static readonly TimeSpan StrayInterval = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stopProducers = new();
    private readonly CancellationTokenSource _stopConsumers = new();
    private readonly List<Task> _producing = [];
    private readonly List<Task> _consuming = [];
    private readonly Dictionary<string, GroupHold> _holds = new(StringComparer.Ordinal);

    /// <param name="context">What is shared.</param>
    /// <param name="groups">Each group with its nodes' own addresses.</param>
    /// <param name="messagesPerSecond">Of all groups together.</param>
    public RunLoad(LoadContext context, IReadOnlyDictionary<string, IReadOnlyList<string>> groups, int messagesPerSecond)
    {
        var interval = TimeSpan.FromSeconds((double)groups.Count * ProducersPerGroup / messagesPerSecond);
        var id = 0;
        foreach (var (group, nodes) in groups)
        {
            var hold = _holds[group] = new GroupHold();
            for (var i = 0; i < ProducersPerGroup; i++) Produce(new Producer(context, id++, group, interval, hold));
            // Also a stale leader's own address, and nodes that must refuse.
            Produce(new Producer(context, id++, group, StrayInterval, hold, number => nodes[number % nodes.Count]));
            Consumers.AddRange(ConsumerGroups.SelectMany(c => Enumerable.Range(0, ChaosTopology.QueuesPerGroup).Select(q => new Consumer(context, c, new QueueName(group, q)))));
        }

        foreach (var consumer in Consumers) _consuming.Add(Task.Run(() => consumer.RunAsync(_stopConsumers.Token)));
    }

    public List<Consumer> Consumers { get; } = [];

    /// <summary>No message to the group, and none without its answer, until the answer is disposed.</summary>
    public Task<IDisposable> HoldAsync(string group) => _holds[group].TakeAsync();

    public async Task StopProducersAsync()
    {
        await _stopProducers.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_producing).ConfigureAwait(false);
    }

    public async Task StopConsumersAsync()
    {
        await _stopConsumers.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_consuming).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopProducersAsync().ConfigureAwait(false);
        await StopConsumersAsync().ConfigureAwait(false);
        _stopProducers.Dispose();
        _stopConsumers.Dispose();
    }

    private void Produce(Producer producer) => _producing.Add(Task.Run(() => producer.RunAsync(_stopProducers.Token)));
}
