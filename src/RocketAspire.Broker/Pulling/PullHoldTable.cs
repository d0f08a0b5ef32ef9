using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>A pull that found nothing and waits for a message.</summary>
public sealed record HeldPull(RemotingConnection Connection, RemotingCommand Request, PullMessageRequestHeader Header, IQueueFilter? Filter, long ExpiresAt);

/// <summary>The pulls that wait, by queue. A new message wakes those it suits; the others end when their time is over.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/longpolling/PullRequestHoldService.java</remarks>
public sealed class PullHoldTable : IAsyncDisposable
{
    // How late a pull may end after its time; Apache looks every 5 s.
    private static readonly TimeSpan ScanInterval = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Topic, int QueueId), List<HeldPull>> _held = [];
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private int _count;

    public PullHoldTable(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static state => ((PullHoldTable)state!).WakeExpired(), this, ScanInterval, ScanInterval);
    }

    /// <summary>Answers a pull for good: it found a message or its time is over. Called on the thread pool.</summary>
    public Action<HeldPull>? Wake { get; set; }

    public int Count => Volatile.Read(ref _count);

    /// <summary>False when too many are held already.</summary>
    public bool TryHold(HeldPull pull, int capacity)
    {
        lock (_gate)
        {
            if (_count >= capacity) return false;
            var key = (pull.Header.Topic, pull.Header.QueueId);
            if (!_held.TryGetValue(key, out var pulls)) _held[key] = pulls = [];
            pulls.Add(pull);
            _count++;
            return true;
        }
    }

    /// <summary>When a pull held now for so long is to end.</summary>
    public long ExpiryAfter(TimeSpan time) => _time.GetTimestamp() + (long)(time.TotalSeconds * _time.TimestampFrequency);

    public bool IsExpired(HeldPull pull) => _time.GetTimestamp() >= pull.ExpiresAt;

    /// <summary>A message became readable. Called on the store's dispatch thread: it only hands over.</summary>
    public void OnArrived(MessageArrival arrival)
    {
        // Most queues have nobody waiting; a torn read costs one look under the lock.
        if (Count == 0) return;
        TakeAndWake((arrival.Topic, arrival.QueueId), pull =>
            arrival.MaxOffset > pull.Header.QueueOffset && (pull.Filter is null || pull.Filter.MatchesTagsCode(arrival.TagsCode)));
    }

    /// <summary>Wakes this one pull if it still waits: a message came between its look and its being held.</summary>
    public void WakeNow(HeldPull pull) => TakeAndWake((pull.Header.Topic, pull.Header.QueueId), held => ReferenceEquals(held, pull));

    /// <summary>Forgets the pulls of a closed connection.</summary>
    public void RemoveConnection(RemotingConnection connection)
    {
        lock (_gate)
        {
            foreach (var (key, pulls) in _held)
            {
                _count -= pulls.RemoveAll(pull => ReferenceEquals(pull.Connection, connection));
                if (pulls.Count == 0) _held.Remove(key);
            }
        }
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void WakeExpired()
    {
        if (Count == 0) return;
        var now = _time.GetTimestamp();
        (string, int)[] keys;
        lock (_gate) keys = [.. _held.Keys];
        foreach (var key in keys) TakeAndWake(key, pull => now >= pull.ExpiresAt || !pull.Connection.IsOpen);
    }

    private void TakeAndWake((string Topic, int QueueId) key, Func<HeldPull, bool> matches)
    {
        List<HeldPull>? woken = null;
        lock (_gate)
        {
            if (!_held.TryGetValue(key, out var pulls)) return;
            for (var i = pulls.Count - 1; i >= 0; i--)
            {
                if (!matches(pulls[i])) continue;
                (woken ??= []).Add(pulls[i]);
                pulls.RemoveAt(i);
            }

            if (woken is null) return;
            _count -= woken.Count;
            if (pulls.Count == 0) _held.Remove(key);
        }

        var wake = Wake;
        foreach (var pull in woken) ThreadPool.UnsafeQueueUserWorkItem(static state => state.wake?.Invoke(state.pull), (wake, pull), preferLocal: false);
    }
}
