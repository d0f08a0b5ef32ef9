using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>A pop or notification that found nothing and waits.</summary>
/// <param name="Connection">Who asked.</param>
/// <param name="Request">What.</param>
/// <param name="Topic">The normal topic.</param>
/// <param name="Group">The group.</param>
/// <param name="QueueId">Negative: any queue.</param>
/// <param name="ExpiresAtMs">Unix milliseconds.</param>
/// <param name="Filter">What of the topic it wants; null: all.</param>
internal sealed record HeldPop(RemotingConnection Connection, RemotingCommand Request, string Topic, string Group, int QueueId, long ExpiresAtMs, IQueueFilter? Filter);

internal enum PopHold
{
    Held,

    /// <summary>Too many wait already.</summary>
    Full,

    /// <summary>Its time is over.</summary>
    Timeout,
}

/// <summary>The pops that wait, by topic, group and queue. Each new message wakes one of each group: with more messages than pops, none is left waiting.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/longpolling/PopLongPollingService.java</remarks>
internal sealed class PopHoldTable : IAsyncDisposable
{
    // Answered so much before the consumer's own patience ends.
    private const long AnswerEarlyMs = 50;
    private static readonly TimeSpan ScanInterval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Topic, string Group, int QueueId), List<HeldPop>> _held = [];

    // Groups that wait for a topic, and whose a retry topic is.
    private readonly Dictionary<string, HashSet<string>> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Topic, string Group)> _retries = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private int _count;

    public PopHoldTable(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static table => ((PopHoldTable)table!).WakeExpired(), this, ScanInterval, ScanInterval);
    }

    /// <summary>Does a request again. Called on the thread pool.</summary>
    public Action<HeldPop>? Wake { get; set; }

    public int Count => Volatile.Read(ref _count);

    /// <param name="pop">The request.</param>
    /// <param name="retryTopics">The group's retry topics: a message in one of them wakes it too.</param>
    /// <param name="options">How many may wait.</param>
    public PopHold TryHold(HeldPop pop, ReadOnlySpan<string> retryTopics, PopOptions options)
    {
        if (_time.GetUtcNow().ToUnixTimeMilliseconds() > pop.ExpiresAtMs - AnswerEarlyMs) return PopHold.Timeout;
        lock (_gate)
        {
            if (_count >= options.MaxPopPollingSize) return PopHold.Full;
            var key = (pop.Topic, pop.Group, pop.QueueId);
            if (!_held.TryGetValue(key, out var pops)) _held[key] = pops = [];
            if (pops.Count >= options.PopPollingSize) return PopHold.Full;
            pops.Add(pop);
            Volatile.Write(ref _count, _count + 1);
            if (!_groups.TryGetValue(pop.Topic, out var groups)) _groups[pop.Topic] = groups = new(StringComparer.Ordinal);
            groups.Add(pop.Group);
            foreach (var retry in retryTopics) _retries[retry] = (pop.Topic, pop.Group);
        }

        return PopHold.Held;
    }

    public int CountOf(string topic, string group, int queueId)
    {
        lock (_gate) return _held.TryGetValue((topic, group, queueId), out var pops) ? pops.Count : 0;
    }

    /// <summary>A message became readable. Called on the store's dispatch thread: it only hands over.</summary>
    public void OnArrived(MessageArrival arrival)
    {
        if (Count == 0) return;
        List<HeldPop>? woken = null;
        lock (_gate)
        {
            if (_retries.TryGetValue(arrival.Topic, out var owner)) Add(ref woken, TakeAny(owner.Topic, owner.Group));
            if (_groups.TryGetValue(arrival.Topic, out var groups))
            {
                foreach (var group in groups)
                {
                    Add(ref woken, Take((arrival.Topic, group, -1), arrival.TagsCode));
                    Add(ref woken, Take((arrival.Topic, group, arrival.QueueId), arrival.TagsCode));
                }
            }
        }

        WakeAll(woken);
    }

    /// <summary>A queue may be looked at again: wakes one that waits for any queue, or else one that waits for this.</summary>
    public void Notify(string topic, string group, int queueId)
    {
        if (Count == 0) return;
        List<HeldPop>? woken = null;
        lock (_gate) Add(ref woken, Take((topic, group, -1), null) ?? Take((topic, group, queueId), null));
        WakeAll(woken);
    }

    /// <summary>Wakes this one if it still waits: something changed between its look and its being held.</summary>
    public void WakeNow(HeldPop pop)
    {
        lock (_gate)
        {
            if (!_held.TryGetValue((pop.Topic, pop.Group, pop.QueueId), out var pops) || !pops.Remove(pop)) return;
            Removed((pop.Topic, pop.Group, pop.QueueId), pops);
        }

        WakeAll([pop]);
    }

    /// <summary>Forgets the requests of a closed connection.</summary>
    public void RemoveConnection(RemotingConnection connection) => TakeAll(pop => ReferenceEquals(pop.Connection, connection));

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private static void Add(ref List<HeldPop>? woken, HeldPop? pop)
    {
        if (pop is not null) (woken ??= []).Add(pop);
    }

    private void WakeExpired()
    {
        if (Count == 0) return;
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        WakeAll(TakeAll(pop => now > pop.ExpiresAtMs - AnswerEarlyMs));
    }

    private HeldPop? TakeAny(string topic, string group)
    {
        if (Take((topic, group, -1), null) is { } any) return any;
        foreach (var key in _held.Keys)
        {
            if (key.Topic == topic && key.Group == group) return Take(key, null);
        }

        return null;
    }

    /// <summary>The one that waits longest and wants the message; null tags code: whatever it wants.</summary>
    private HeldPop? Take((string Topic, string Group, int QueueId) key, long? tagsCode)
    {
        if (!_held.TryGetValue(key, out var pops)) return null;
        for (var i = 0; i < pops.Count; i++)
        {
            var pop = pops[i];
            if (tagsCode is { } code && pop.Filter is { } filter && !filter.MatchesTagsCode(code)) continue;
            pops.RemoveAt(i);
            Removed(key, pops);
            return pop;
        }

        return null;
    }

    private List<HeldPop> TakeAll(Func<HeldPop, bool> matches)
    {
        var taken = new List<HeldPop>();
        lock (_gate)
        {
            foreach (var (key, pops) in _held.ToList())
            {
                taken.AddRange(pops.Where(matches));
                var before = pops.Count;
                pops.RemoveAll(pop => matches(pop));
                if (pops.Count < before) Removed(key, pops, before - pops.Count);
            }
        }

        return taken;
    }

    private void Removed((string Topic, string Group, int QueueId) key, List<HeldPop> pops, int count = 1)
    {
        Volatile.Write(ref _count, _count - count);
        if (pops.Count == 0) _held.Remove(key);
    }

    private void WakeAll(List<HeldPop>? woken)
    {
        var wake = Wake;
        foreach (var pop in woken ?? []) ThreadPool.UnsafeQueueUserWorkItem(static state => state.wake?.Invoke(state.pop), (wake, pop), preferLocal: false);
    }
}
