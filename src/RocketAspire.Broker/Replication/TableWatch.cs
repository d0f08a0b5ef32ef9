namespace RocketAspire.Broker.Ha;

/// <summary>
/// Counts the changes of a master's tables and wakes who waits for one. Topics and groups are told at once, since a
/// client may use them on a slave the next moment; offsets are gathered for a little while, since they change all the time.
/// </summary>
public sealed class TableWatch : IDisposable
{
    /// <summary>How long changes of offsets are gathered.</summary>
    public static readonly TimeSpan GatherOffsets = TimeSpan.FromMilliseconds(20);

    private readonly Entry[] _entries;
    private readonly ITimer _gather;
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSource();
    private bool _gathering;

    /// <param name="tables">All tables that slaves copy.</param>
    /// <param name="isUrgent">Whether a table's change is told at once.</param>
    /// <param name="time">For gathering.</param>
    public TableWatch(IEnumerable<IReplicatedTable> tables, Func<IReplicatedTable, bool> isUrgent, TimeProvider time)
    {
        _entries = [.. tables.Select(table => new Entry(table, isUrgent(table)))];
        _gather = time.CreateTimer(static watch => ((TableWatch)watch!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        foreach (var entry in _entries)
        {
            entry.Handler = () => OnChanged(entry);
            entry.Table.Changed += entry.Handler;
        }
    }

    /// <summary>Tells this run of this node from another: versions only compare within one.</summary>
    public string Instance { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Completes at the next change that is told.</summary>
    public Task NextChange
    {
        get
        {
            lock (_lock)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>The tables whose version is another than the one known for their name.</summary>
    public List<TableCopy> NewerThan(IReadOnlyDictionary<string, long> known)
    {
        var newer = new List<TableCopy>();
        foreach (var entry in _entries)
        {
            // The version is read first: a change between the two is sent once more, never missed.
            var version = Interlocked.Read(ref entry.Version);
            if (!known.TryGetValue(entry.Table.FileName, out var seen) || seen != version)
            {
                newer.Add(new(entry.Table.FileName, version, entry.Table.ToJson()));
            }
        }
        return newer;
    }

    public void Dispose()
    {
        foreach (var entry in _entries)
        {
            entry.Table.Changed -= entry.Handler;
        }
        _gather.Dispose();
        Wake();
    }

    private void OnChanged(Entry entry)
    {
        Interlocked.Increment(ref entry.Version);
        if (entry.IsUrgent)
        {
            Wake();
            return;
        }
        lock (_lock)
        {
            if (!_gathering)
            {
                _gathering = true;
                _gather.Change(GatherOffsets, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Wake()
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _gathering = false;
            changed = _changed;
            _changed = NewSource();
        }
        changed.TrySetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Entry(IReplicatedTable table, bool isUrgent)
    {
        public readonly IReplicatedTable Table = table;
        public readonly bool IsUrgent = isUrgent;
        public Action? Handler;
        public long Version = 1;
    }
}
