using System.Net;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft.Metadata;

/// <summary>
/// A leader's side: changes of the live tables become records of the internal topic. Topics and groups at once, offsets when
/// they have gathered for a while; a change is safe when its record has come back through the applier.
/// </summary>
internal sealed class MetadataLog : IDisposable
{
    /// <summary>How long offsets are gathered. With their way to a majority that makes about the 200 ms that may be consumed again after a switch.</summary>
    public static readonly TimeSpan GatherOffsets = TimeSpan.FromMilliseconds(150);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly IPEndPoint Nowhere = new(IPAddress.Loopback, 0);

    private readonly MessageStore _store;
    private readonly MetadataTables _tables;
    private readonly int _maxRecordBytes;
    private readonly TimeSpan _commitTimeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _gather;
    private readonly Lock _gate = new();

    // Guarded by _gate: what is in the log and not yet seen committed, oldest first.
    private readonly Queue<Proposal> _inFlight = new();

    // Its tickets are good as long as this node leads and no change had to be put back; 0: it doesn't lead.
    private long _ticket;
    private long _lastTicket;

    // Proposals in flight, and one more while changes are on their way from a table to there.
    private int _unsettled;
    private int _proposing;
    private int _gathering;

    /// <param name="store">The group's log.</param>
    /// <param name="tables">Live and committed.</param>
    /// <param name="maxRecordBytes">A change that would take more is several records.</param>
    /// <param name="commitTimeout">After so long without a majority whoever waits is told so.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    public MetadataLog(MessageStore store, MetadataTables tables, int maxRecordBytes, TimeSpan commitTimeout, TimeProvider time, ILogger logger)
    {
        _store = store;
        _tables = tables;
        _maxRecordBytes = maxRecordBytes;
        _commitTimeout = commitTimeout;
        _time = time;
        _logger = logger;
        _gather = time.CreateTimer(static log => ((MetadataLog)log!).ProposeGathered(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var live = tables.Live;
        Commits = new(new TableCommit(this, live.Topics), new TableCommit(this, live.Groups), new TableCommit(this, live.ConsumerOffsets), new TableCommit(this, live.DelayOffsets));
        live.Topics.Changed += ProposeSoon;
        live.Groups.Changed += ProposeSoon;
        live.ConsumerOffsets.Changed += Gather;
        live.DelayOffsets.Changed += Gather;
    }

    public TableCommits Commits { get; }

    private bool Leads => Volatile.Read(ref _ticket) != 0;

    /// <summary>Takes changes from now on; the tables are open.</summary>
    public void Open()
    {
        lock (_gate) _ticket = ++_lastTicket;
        ProposeSoon();
        Gather();
    }

    /// <summary>Takes no more, and has what is not committed put back before it tells those who wait.</summary>
    public void Close()
    {
        Proposal[] lost;
        lock (_gate)
        {
            _ticket = 0;
            lost = [.. _inFlight];
            _inFlight.Clear();
            _unsettled = 0;
        }

        _tables.Follow([.. lost.Select(static proposal => proposal.Delta)]);
        foreach (var proposal in lost) proposal.Done.TrySetResult(MetadataRefusals.LeadershipLost);
    }

    /// <summary>The records before this queue offset are in the committed tables.</summary>
    public void OnApplied(long next)
    {
        List<Proposal> done = [];
        lock (_gate)
        {
            while (_inFlight.TryPeek(out var first) && first.QueueOffset < next)
            {
                done.Add(_inFlight.Dequeue());
                _unsettled--;
            }
        }

        foreach (var proposal in done) proposal.Done.TrySetResult(null);
        Gather();
    }

    public void Dispose()
    {
        var live = _tables.Live;
        live.Topics.Changed -= ProposeSoon;
        live.Groups.Changed -= ProposeSoon;
        live.ConsumerOffsets.Changed -= Gather;
        live.DelayOffsets.Changed -= Gather;
        _gather.Dispose();
    }

    private Refusal? Begin(out long ticket)
    {
        ticket = Volatile.Read(ref _ticket);
        return ticket == 0 ? MetadataRefusals.NotLeader : null;
    }

    private ValueTask<Refusal?> CommitAsync(ILoggedTable table, long ticket)
    {
        // In this order: changes leave the table only after _unsettled rose, and all is forgotten only after the ticket is void.
        if (!table.HasChanges && Volatile.Read(ref _unsettled) == 0 && Volatile.Read(ref _ticket) == ticket) return ValueTask.FromResult<Refusal?>(null);
        Task<Refusal?> last;
        lock (_gate)
        {
            if (_ticket != ticket) return ValueTask.FromResult<Refusal?>(MetadataRefusals.LeadershipLost);
            if (Append(table) is { } refusal) return ValueTask.FromResult<Refusal?>(refusal);
            if (_inFlight.LastOrDefault(proposal => proposal.Table == table) is not { } proposal) return ValueTask.FromResult<Refusal?>(null);
            last = proposal.Done.Task;
        }

        return new(WaitAsync(last));
    }

    private async Task<Refusal?> WaitAsync(Task<Refusal?> committed)
    {
        try
        {
            return await committed.WaitAsync(_commitTimeout, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It stays in the log of this leader, so it stays in its tables too, until the group has decided.
            return MetadataRefusals.NoMajority(_commitTimeout);
        }
    }

    /// <summary>Writes what changed in the table to the log. Under the lock.</summary>
    private Refusal? Append(ILoggedTable table)
    {
        _unsettled++;
        try
        {
            if (table.TakeChanges() is not { } delta) return null;
            foreach (var part in TableDeltaCodec.Split(delta, _maxRecordBytes))
            {
                var result = _store.Append(new MessageRecord { Topic = TopicNames.Metadata, BornHost = Nowhere, StoreHost = Nowhere, Body = TableDeltaCodec.Encode(part) });
                if (!result.IsOk) return PutBack(table, delta, result.Status);
                _inFlight.Enqueue(new Proposal(table, part, result.QueueOffset));
                _unsettled++;
            }

            return null;
        }
        finally
        {
            _unsettled--;
        }
    }

    private Refusal PutBack(ILoggedTable table, TableDelta delta, AppendStatus status)
    {
        MetadataEvents.NotAppended(_logger, table.FileName, status.ToString());
        if (IsGathered(table))
        {
            // Nobody was promised an offset; it is tried again.
            table.Note(delta.Entries.Select(static entry => entry.Key));
            _gather.Change(RetryInterval, Timeout.InfiniteTimeSpan);
            return MetadataRefusals.NotAppended(status);
        }

        // Another's change of the same entry may be put back too: whoever changed something before this moment is refused.
        _ticket = ++_lastTicket;
        table.Apply(delta with { Version = null, Entries = LastProposed(table, delta) });
        return MetadataRefusals.NotAppended(status);
    }

    /// <summary>The entries as the log has them: committed, or on their way to be.</summary>
    private List<TableEntry> LastProposed(ILoggedTable table, TableDelta delta)
    {
        var committed = _tables.Committed.All.First(other => other.FileName == table.FileName);
        var entries = committed.Describe(delta.Entries.Select(static entry => entry.Key)).Entries.ToDictionary(static entry => entry.Key, StringComparer.Ordinal);
        foreach (var proposal in _inFlight)
        {
            if (proposal.Table != table) continue;
            foreach (var entry in proposal.Delta.Entries)
            {
                if (entries.ContainsKey(entry.Key)) entries[entry.Key] = entry;
            }
        }

        return [.. entries.Values];
    }

    private bool IsGathered(ILoggedTable table) => table == _tables.Live.ConsumerOffsets || table == _tables.Live.DelayOffsets;

    /// <summary>For changes that nobody waits for: a heartbeat's retry topic, a group that first pulled.</summary>
    private void ProposeSoon()
    {
        var live = _tables.Live;
        if (!Leads || !(live.Topics.HasChanges || live.Groups.HasChanges) || Interlocked.Exchange(ref _proposing, 1) != 0) return;
        ThreadPool.UnsafeQueueUserWorkItem(static log => log.ProposeUrgent(), this, preferLocal: false);
    }

    private void ProposeUrgent()
    {
        Volatile.Write(ref _proposing, 0);
        lock (_gate)
        {
            if (_ticket == 0) return;
            Append(_tables.Live.Topics);
            Append(_tables.Live.Groups);
        }
    }

    private void Gather()
    {
        var live = _tables.Live;
        if (!Leads || !(live.ConsumerOffsets.HasChanges || live.DelayOffsets.HasChanges) || Interlocked.Exchange(ref _gathering, 1) != 0) return;
        _gather.Change(GatherOffsets, Timeout.InfiniteTimeSpan);
    }

    private void ProposeGathered()
    {
        Volatile.Write(ref _gathering, 0);
        lock (_gate)
        {
            if (_ticket == 0) return;
            foreach (var table in (ILoggedTable[])[_tables.Live.ConsumerOffsets, _tables.Live.DelayOffsets])
            {
                // A group that is slow to commit gets no more of them than it takes: they go on gathering.
                if (!_inFlight.Any(proposal => proposal.Table == table)) Append(table);
            }
        }
    }

    private sealed record Proposal(ILoggedTable Table, TableDelta Delta, long QueueOffset)
    {
        public TaskCompletionSource<Refusal?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class TableCommit(MetadataLog log, ILoggedTable table) : ITableCommit
    {
        public Refusal? Begin(out long ticket) => log.Begin(out ticket);

        public ValueTask<Refusal?> CommitAsync(long ticket) => log.CommitAsync(table, ticket);
    }
}

/// <summary>What is answered when a change of a table didn't become safe.</summary>
internal static class MetadataRefusals
{
    public static Refusal NotLeader { get; } = new(ResponseCode.ServiceNotAvailable, "service not available now: only the leader of the group changes topics, groups and offsets");

    public static Refusal LeadershipLost { get; } = new(ResponseCode.SystemError, "this broker stopped leading its group, or writing its log, before the change was committed; it may have been made");

    public static Refusal NoMajority(TimeSpan waited) => new(ResponseCode.SystemError, $"no majority of the group has confirmed the change within {waited.TotalSeconds:0.#} s; it may still be made");

    public static Refusal NotAppended(AppendStatus status) => new(ResponseCode.ServiceNotAvailable, $"service not available now: the change can't be written to the log ({status})");
}
