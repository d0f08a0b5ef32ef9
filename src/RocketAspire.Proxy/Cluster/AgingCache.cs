using System.Collections.Concurrent;

namespace RocketAspire.Proxy;

/// <summary>Values by name that are asked for again when they are too old. While asking fails, the old one goes on serving; that there is none is believed for a second.</summary>
internal sealed class AgingCache<T>(TimeSpan maxAge, TimeProvider time, Func<string, CancellationToken, Task<T?>> load)
    where T : class
{
    private const int MaxEntries = 20_000;
    private static readonly TimeSpan MissMaxAge = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <param name="key">The name.</param>
    /// <param name="cancellationToken">Ends the waiting; others may still want the value, so the asking goes on.</param>
    /// <param name="atMost">A value older than this is asked for again.</param>
    public async ValueTask<T?> GetAsync(string key, CancellationToken cancellationToken, TimeSpan? atMost = null)
    {
        if (_entries.Count > MaxEntries) _entries.Clear();
        var entry = _entries.GetOrAdd(key, static _ => new Entry());
        Task<T?> loading;
        lock (entry)
        {
            var limit = entry.Value is null ? MissMaxAge : atMost ?? maxAge;
            if (entry.IsKnown && time.GetElapsedTime(entry.At) < limit) return entry.Value;
            if (entry.Loading is not { IsCompleted: false }) entry.Loading = load(key, CancellationToken.None);
            loading = entry.Loading;
        }

        try
        {
            var value = await loading.WaitAsync(cancellationToken).ConfigureAwait(false);
            lock (entry)
            {
                entry.Value = value;
                entry.IsKnown = true;
                entry.At = time.GetTimestamp();
            }

            return value;
        }
        catch (Exception e) when (e is not OperationCanceledException && entry.Value is not null)
        {
            return entry.Value;
        }
    }

    private sealed class Entry
    {
        public T? Value { get; set; }

        public bool IsKnown { get; set; }

        public long At { get; set; }

        public Task<T?>? Loading { get; set; }
    }
}
