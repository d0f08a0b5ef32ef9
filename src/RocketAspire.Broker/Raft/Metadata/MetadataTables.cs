using RocketAspire.Broker.Ha;

namespace RocketAspire.Broker.Raft.Metadata;

/// <summary>
/// The tables twice: as committed, which only records of the log change, and live, which the broker works with. A follower's
/// live tables are the committed ones; a leader's run ahead of them by what is not committed yet.
/// </summary>
internal sealed class MetadataTables
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _unsaved = new(StringComparer.Ordinal);

    // The committed tables' JSON as far as it was made and is still true: of ten thousand topics it takes a while.
    private readonly Dictionary<string, TableCopy> _copies = new(StringComparer.Ordinal);

    // Guarded by _gate; the position is also read without it.
    private long _next;
    private long _coveredTo;
    private bool _leads;
    private volatile bool _incomplete;

    /// <param name="live">What the broker works with.</param>
    /// <param name="committed">The same tables as made, for nobody else to change.</param>
    public MetadataTables(ReplicatedTables live, ReplicatedTables committed)
    {
        Live = live;
        Committed = committed;
        foreach (var table in live.All) table.Close();
        foreach (var table in committed.All) table.Close();
    }

    public ReplicatedTables Live { get; }

    public ReplicatedTables Committed { get; }

    /// <summary>Queue offset of the first record that is not in the committed tables.</summary>
    public long Next => Volatile.Read(ref _next);

    /// <summary>Every record before this physical offset is in the committed tables.</summary>
    public long CoveredTo => Volatile.Read(ref _coveredTo);

    /// <summary>Tables of before the log's first byte are missing, until others are taken over.</summary>
    public bool IsIncomplete
    {
        get => _incomplete;
        init => _incomplete = value;
    }

    /// <summary>The next record. Null for one that can't be read as a change: the position moves on all the same.</summary>
    public void Apply(TableDelta? delta)
    {
        lock (_gate)
        {
            _next++;
            if (delta is null || Find(Committed, delta.Table) is not { } committed) return;
            committed.Apply(delta);
            Changed(delta.Table);

            // A leader's table has it already, or something newer.
            if (!_leads) Find(Live, delta.Table)!.Apply(delta);
        }
    }

    /// <summary>Everything before the offset was looked at.</summary>
    public void Cover(long physicalOffset)
    {
        lock (_gate) _coveredTo = Math.Max(_coveredTo, physicalOffset);
    }

    /// <summary>From now on the broker may change its tables.</summary>
    public void Lead()
    {
        lock (_gate)
        {
            _leads = true;
            foreach (var table in Live.All) table.Open();
        }
    }

    /// <summary>From now on it may not, and what was not committed is put back.</summary>
    /// <param name="inFlight">What is in the log and was not applied.</param>
    public void Follow(IReadOnlyList<TableDelta> inFlight)
    {
        lock (_gate)
        {
            if (!_leads) return;
            _leads = false;
            foreach (var (live, committed) in Live.All.Zip(Committed.All))
            {
                var keys = new HashSet<string>(live.Close(), StringComparer.Ordinal);
                foreach (var delta in inFlight)
                {
                    if (delta.Table == live.FileName) keys.UnionWith(delta.Entries.Select(static entry => entry.Key));
                }

                live.Apply(committed.Describe(keys));
            }
        }
    }

    /// <summary>The log lacks records that the tables hold: they go on with what it has next.</summary>
    public void GoOnAt(long next, long coveredTo)
    {
        lock (_gate) (_next, _coveredTo) = (next, coveredTo);
    }

    /// <summary>Takes over what was saved here.</summary>
    /// <exception cref="FormatException">A table can't be read.</exception>
    public void Load(MetadataSnapshot snapshot)
    {
        Install(snapshot);
        lock (_gate) _unsaved.Clear();
    }

    /// <summary>Takes other tables over.</summary>
    /// <exception cref="FormatException">A table can't be read.</exception>
    public void Install(MetadataSnapshot snapshot)
    {
        lock (_gate)
        {
            if (_leads) throw new InvalidOperationException("A leader takes no tables from others.");
            foreach (var copy in snapshot.Tables)
            {
                Find(Committed, copy.Name)?.ReplaceFromJson(copy.Content.Span);
                Find(Live, copy.Name)?.ReplaceFromJson(copy.Content.Span);
                Changed(copy.Name);
            }

            _next = snapshot.Next;
            _coveredTo = snapshot.CoveredTo;
            _incomplete = false;
        }
    }

    /// <summary>The committed tables as they are now.</summary>
    public MetadataSnapshot Snapshot()
    {
        lock (_gate) return new(_next, _coveredTo, [.. Committed.All.Select(CopyOf)]);
    }

    /// <summary>The same, and the names of the tables that changed since the last time.</summary>
    public MetadataSnapshot TakeUnsaved(out HashSet<string> changed)
    {
        lock (_gate)
        {
            changed = [.. _unsaved];
            _unsaved.Clear();
            return Snapshot();
        }
    }

    /// <summary>Saving these failed.</summary>
    public void PutBackUnsaved(IEnumerable<string> names)
    {
        lock (_gate) _unsaved.UnionWith(names);
    }

    /// <summary>Some table changed since it was saved.</summary>
    public bool HasUnsaved
    {
        get
        {
            lock (_gate) return _unsaved.Count > 0;
        }
    }

    private TableCopy CopyOf(ILoggedTable table)
    {
        if (!_copies.TryGetValue(table.FileName, out var copy)) _copies[table.FileName] = copy = new(table.FileName, 0, table.ToJson());
        return copy;
    }

    private void Changed(string name)
    {
        _unsaved.Add(name);
        _copies.Remove(name);
    }

    private static ILoggedTable? Find(ReplicatedTables tables, string name) => tables.All.FirstOrDefault(table => table.FileName == name);
}
