namespace RocketAspire.Broker.Ha;

public enum GateState
{
    /// <summary>The master may lack confirmed bytes and hasn't heard enough slaves to know.</summary>
    Closed,

    /// <summary>One slave is sending back what the master lost.</summary>
    Copying,

    /// <summary>The master holds all that was confirmed and takes writes.</summary>
    Open,
}

/// <summary>
/// Keeps a master that may have lost bytes from writing until it knows better. Pure: the time comes in as an argument.
/// With several slaves, a byte may have been confirmed by any as many of them as an acknowledgement needs, so the gate
/// waits until too few are unheard to have confirmed anything alone, then copies from the one whose log goes furthest.
/// </summary>
public sealed class MasterGate
{
    private const string WhyItWaits = "this master may lack messages that a slave confirmed (allowUncleanMaster=true would go on without them)";

    private readonly int _slavesExpected;
    private readonly int _slavesToHear;
    private readonly TimeSpan _forgetAfter;

    // What each slave said last. One that fell silent is forgotten: it can neither be copied from nor counted.
    private readonly Dictionary<long, Heard> _heard = [];

    /// <param name="state">Where it starts: <see cref="GateState.Open"/> for a master that can't have lost anything.</param>
    /// <param name="slavesExpected">All slaves of the group; at least one is assumed.</param>
    /// <param name="slavesToHear">See <see cref="SlavesToHear"/>.</param>
    /// <param name="forgetAfter">After this long without a word a slave counts as unheard.</param>
    public MasterGate(GateState state, int slavesExpected, int slavesToHear, TimeSpan forgetAfter)
    {
        State = state;
        _slavesExpected = Math.Max(1, slavesExpected);
        _slavesToHear = Math.Max(1, slavesToHear);
        _forgetAfter = forgetAfter;
        Reason = state == GateState.Open ? "" : $"no slave has been heard yet: {WhyItWaits}";
    }

    public GateState State { get; private set; }

    /// <summary>Why it isn't open, for people; empty when it is.</summary>
    public string Reason { get; private set; }

    /// <summary>The slave that sends bytes back, while copying.</summary>
    public long? CopyingFrom { get; private set; }

    /// <summary>How many slaves have to be heard so that none of the others can hold a confirmed byte alone.</summary>
    /// <param name="slavesExpected">All slaves of the group.</param>
    /// <param name="acksNeeded">
    /// Slaves that confirm a byte before the producer hears of it; 0 when none is waited for. Nothing was promised then,
    /// and any one slave's copy will do.
    /// </param>
    public static int SlavesToHear(int slavesExpected, int acksNeeded) =>
        acksNeeded == 0 ? 1 : Math.Clamp(slavesExpected - acksNeeded + 1, 1, Math.Max(1, slavesExpected));

    /// <summary>A slave asked what to do and <paramref name="decided"/> is what its log alone would call for.</summary>
    /// <returns>What it is told. The caller checks <see cref="State"/> afterwards: it may have become open.</returns>
    public ReplicationAction OnSlave(long slaveId, LogSummary slave, ReplicationAction decided, TimeSpan now)
    {
        if (State == GateState.Open)
        {
            return decided;
        }
        Forget(now);
        switch (decided)
        {
            case ReplicationAction.StreamFrom or ReplicationAction.ResetSlave:
                // It has nothing that this master lacks.
                _heard[slaveId] = new(slave.LastTerm, slave.MaxOffset, HasMore: false, now);
                return TryOpen(slaveId, decided);
            case ReplicationAction.CopyBackToMaster:
                _heard[slaveId] = new(slave.LastTerm, slave.MaxOffset, HasMore: true, now);
                return TryOpen(slaveId, decided);
            case ReplicationAction.Refuse refuse:
                Reason = $"slave {slaveId} can't be agreed with: {refuse.Reason}";
                return decided;
            default:
                return decided;
        }
    }

    /// <summary>A slave that can't compare histories (Apache's) connected and reports no more than the master holds.</summary>
    public void OnPlainSlave(long slaveId, long reportedOffset, TimeSpan now)
    {
        if (State != GateState.Open)
        {
            Forget(now);
            _heard[slaveId] = new(0, reportedOffset, HasMore: false, now);
            TryOpen(slaveId, new ReplicationAction.StreamFrom(reportedOffset));
        }
    }

    /// <summary>Bytes came from the slave that is copied from: it is alive.</summary>
    public void OnProgress(long slaveId, TimeSpan now)
    {
        if (CopyingFrom == slaveId && _heard.TryGetValue(slaveId, out var heard))
        {
            _heard[slaveId] = heard with { At = now };
        }
    }

    /// <summary>Somebody decided to go on with what is here.</summary>
    public void OpenUncleanly()
    {
        State = GateState.Open;
        Reason = "";
        CopyingFrom = null;
    }

    private ReplicationAction TryOpen(long slaveId, ReplicationAction decided)
    {
        // An empty slave may have been wiped together with this master: it is no witness, unless there is nobody else.
        var witnesses = _heard.Values.Count(heard => heard.End > 0);
        if (witnesses < _slavesToHear && _heard.Count < _slavesExpected)
        {
            State = GateState.Closed;
            Reason = $"heard {witnesses} of {_slavesToHear} slaves that hold anything: {WhyItWaits}";
            return new ReplicationAction.Wait(Reason);
        }
        if (!_heard.Values.Any(heard => heard.HasMore))
        {
            OpenUncleanly();
            return decided;
        }
        var source = CopyingFrom is { } current && _heard[current].HasMore ? current : Furthest();
        CopyingFrom = source;
        State = GateState.Copying;
        Reason = $"slave {source} is sending back what this master lost, up to {_heard[source].End}";
        return source == slaveId ? decided : new ReplicationAction.Wait(Reason);
    }

    private long Furthest() =>
        _heard.Where(pair => pair.Value.HasMore)
            .OrderByDescending(pair => pair.Value.LastTerm).ThenByDescending(pair => pair.Value.End).First().Key;

    private void Forget(TimeSpan now)
    {
        foreach (var (slaveId, heard) in _heard)
        {
            if (now - heard.At > _forgetAfter)
            {
                _heard.Remove(slaveId);
            }
        }
        if (CopyingFrom is { } source && !_heard.ContainsKey(source))
        {
            CopyingFrom = null;
            State = GateState.Closed;
            Reason = $"slave {source} fell silent while it was sending back what this master lost";
        }
    }

    private readonly record struct Heard(int LastTerm, long End, bool HasMore, TimeSpan At);
}
