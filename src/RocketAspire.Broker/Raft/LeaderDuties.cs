using System.Net;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Raft;

/// <summary>Lets a broker be a leader or a follower as its group decides: who it is to name servers, its group's address, its tables, its locks and its schedule.</summary>
internal sealed class LeaderDuties : IAsyncDisposable
{
    private readonly RaftReplication _raft;
    private readonly RaftGroupOptions _options;
    private readonly BrokerParts _parts;
    private readonly LeaderAddress? _address;
    private readonly string? _sharedText;
    private readonly Lock _gate = new();

    // On the clock of GetTimestamp: locks are granted from then on.
    private long _locksFrom;

    private LeaderDuties(RaftReplication raft, BrokerParts parts, LeaderAddress? address)
    {
        _raft = raft;
        _parts = parts;
        _options = parts.Configuration.Current.Raft!;
        _address = address;
        _sharedText = _options.LeaderAddress?.ToString();
        parts.Configuration.Follows = true;
        parts.Registration.Who = Who;
        parts.Locks.GrantOnlyWhile(() => raft.LeadsNow && parts.Time.GetTimestamp() >= Volatile.Read(ref _locksFrom));
        raft.Applied = offset => parts.Metadata!.WaitAppliedAsync(offset);
        raft.Serving = OnServing;
        raft.Ending = OnEnding;
        raft.RoleChanged += OnRoleChanged;
        if (address is not null) address.OpenedLate += parts.Registration.RegisterSoon;
    }

    /// <summary>Null for a broker of no DLedger group. Before its replication starts.</summary>
    /// <param name="parts">The broker.</param>
    /// <param name="listen">Opens a listener that answers all that the broker answers, or what its VIP port does.</param>
    /// <param name="started">What has to be stopped with the broker.</param>
    public static LeaderDuties? Create(BrokerParts parts, Func<IPEndPoint, bool, Task<RemotingServer>> listen, Stack<IAsyncDisposable> started)
    {
        if (parts.Replication is not RaftReplication raft) return null;
        LeaderAddress? shared = null;
        if (parts.Configuration.Current.Raft!.LeaderAddress is { } address)
        {
            shared = new LeaderAddress(address, listen, parts.Time, parts.Logger);
            started.Push(shared);
        }

        return new LeaderDuties(raft, parts, shared);
    }

    /// <summary>Hands the lead over, so that clients need not wait for an election.</summary>
    public async ValueTask DisposeAsync()
    {
        await _parts.Metadata!.FlushAsync().ConfigureAwait(false);
        await _raft.HandOverAsync().ConfigureAwait(false);
    }

    private Registrant Who()
    {
        var term = _raft.Status.Term;
        if (_raft.ServingTerm is not (> 0 and var serving)) return new Registrant(_options.Self.FollowerBrokerId, _parts.Address.Text, term);
        return _address is { IsOpen: true } ? new Registrant(0, _sharedText!, serving, IsShared: true) : new Registrant(0, _parts.Address.Text, serving);
    }

    private void OnServing(int term, long termStart)
    {
        var time = _parts.Time;
        Volatile.Write(ref _locksFrom, time.GetTimestamp() + (MayHoldLocks(termStart) ? (long)(_options.QueueLockGrace.TotalSeconds * time.TimestampFrequency) : 0));
        _parts.Metadata!.Lead(term);
        _address?.Open(term);
    }

    private void OnEnding(int term)
    {
        _address?.Close(term);
        _parts.Metadata!.Follow(term);
    }

    /// <summary>Whether clients may hold locks that the last leader granted: not when there was none, or it wrote nothing for longer than a lock lasts.</summary>
    private bool MayHoldLocks(long termStart)
    {
        if (termStart == 0) return false;
        var last = _parts.Store.StoreTimeBefore(termStart);
        // There is a record, but it is damaged: nobody knows.
        if (last == 0) return true;
        var ageMs = _parts.Time.GetUtcNow().ToUnixTimeMilliseconds() - last;
        return ageMs <= _options.QueueLockGrace.TotalMilliseconds;
    }

    private void OnRoleChanged()
    {
        lock (_gate)
        {
            var leads = _raft.Role == ReplicationRole.Leader;
            _parts.Configuration.Follows = !leads;
            if (leads)
            {
                _parts.Schedule.Wake();
                _parts.Timers.Wake();
            }
            else
            {
                _parts.Locks.Clear();
            }
        }

        _parts.Registration.RegisterSoon();
    }
}
