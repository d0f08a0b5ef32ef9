using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Proxy;

/// <summary>Keeps messages invisible to others while their push consumer lives, at most for three hours; what a client held that is gone comes again after a second.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/service/receipt/DefaultReceiptHandleManager.java</remarks>
internal sealed class ReceiptRenewal(ClusterView cluster, ClientTable clients, PoppedMessages popped, ProxyOptions options, ILogger logger)
{
    private const int MaxEntries = 500_000;
    private const int MaxFailures = 3;
    private const int AtOnce = 64;
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(3);

    // Minutes by which each renewal prolongs.
    private static readonly int[] Steps = [1, 3, 5, 10, 30, 60];

    private readonly ConcurrentDictionary<Key, Entry> _entries = new();

    private readonly record struct Key(string ClientId, string Group, string MessageId, string Handle);

    private sealed class Entry(string topic, ReceiptHandle handle, int reconsumeTimes, long since)
    {
        public string Topic => topic;

        public int ReconsumeTimes => reconsumeTimes;

        public long Since => since;

        /// <summary>One at a time changes what follows.</summary>
        public SemaphoreSlim Turn { get; } = new(1, 1);

        public ReceiptHandle Current { get; set; } = handle;

        public int Renewals { get; set; }

        public int Failures { get; set; }
    }

    public int Count => _entries.Count;

    public void Add(string clientId, string group, string topic, string messageId, ReceiptHandle handle, int reconsumeTimes)
    {
        if (_entries.Count < MaxEntries) _entries[new(clientId, group, messageId, handle.ToString())] = new(topic, handle, reconsumeTimes, options.Time.GetTimestamp());
    }

    /// <summary>The handle that counts now for one that a client was given; it isn't renewed any more.</summary>
    public async ValueTask<ReceiptHandle> TakeAsync(string clientId, string group, string messageId, ReceiptHandle given)
    {
        if (!_entries.TryRemove(new(clientId, group, messageId, given.ToString()), out var entry)) return given;
        await entry.Turn.WaitAsync().ConfigureAwait(false);
        return entry.Current;
    }

    /// <summary>Looks through all once.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var soon = options.Time.GetUtcNow() + Ahead;
        foreach (var part in _entries.Where(pair => !clients.IsThere(pair.Key.ClientId) || pair.Value.Current.VisibleAt < soon.ToUnixTimeMilliseconds()).Chunk(AtOnce))
            await Task.WhenAll(part.Select(pair => RenewAsync(pair.Key, pair.Value, cancellationToken))).ConfigureAwait(false);
    }

    private async Task RenewAsync(Key key, Entry entry, CancellationToken cancellationToken)
    {
        await entry.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_entries.ContainsKey(key)) return;
            var (isLast, invisibleMs) = await NextAsync(key, entry, cancellationToken).ConfigureAwait(false);
            var (status, changed) = await popped.ChangeAsync(key.Group, entry.Topic, entry.Current, invisibleMs, cancellationToken).ConfigureAwait(false);
            if (changed is null || isLast) _entries.TryRemove(key, out _);
            if (changed is null) Log.NotRenewed(logger, key.MessageId, key.Group, status.Message);
            if (changed is not null) entry.Current = changed;
            entry.Renewals++;
            entry.Failures = 0;
        }
        catch (Exception e) when (Failures.IsOfCluster(e))
        {
            if (++entry.Failures >= MaxFailures) _entries.TryRemove(key, out _);
            Log.NotRenewed(logger, key.MessageId, key.Group, e.Message);
        }
        finally
        {
            entry.Turn.Release();
        }
    }

    private async Task<(bool IsLast, long InvisibleMs)> NextAsync(Key key, Entry entry, CancellationToken cancellationToken)
    {
        if (!clients.IsThere(key.ClientId)) return (true, Limits.GiveBackMs);
        if (options.Time.GetElapsedTime(entry.Since) < Longest) return (false, (long)TimeSpan.FromMinutes(Steps[Math.Min(entry.Renewals, Steps.Length - 1)]).TotalMilliseconds);
        var group = await cluster.GroupAsync(key.Group, cancellationToken).ConfigureAwait(false);
        return (true, RetryWaitMs(group?.GroupRetryPolicy ?? GroupRetryPolicy.Default, entry.ReconsumeTimes));
    }

    /// <summary>How long the group lets a message wait that was tried so often before.</summary>
    private static long RetryWaitMs(GroupRetryPolicy policy, int reconsumeTimes)
    {
        if (policy is { IsExponential: true, Exponential: { } exponential })
            return (long)Math.Clamp(exponential.InitialMs * Math.Pow(exponential.Multiplier, Math.Clamp(reconsumeTimes, 0, 32)), 0, Math.Clamp(exponential.MaxMs, 0, Limits.MaxInvisibleMs));
        var waits = (policy.Customized ?? new CustomizedRetryPolicy()).NextMs;

        // A new consumer's third wait is an old one's first.
        return waits[(int)Math.Min(Math.Max(reconsumeTimes, 0) + 2L, waits.Count - 1)];
    }
}
