using RocketAspire.Broker.Raft;

namespace RocketAspire.Raft.Simulation;

/// <summary>One machine with its disk, and the process on it that drives a core as the broker does.</summary>
internal sealed class SimNode
{
    private readonly World _world;
    private readonly RaftOptions _options;
    private readonly Random _random;
    private readonly SimStateFile _file = new();
    private readonly SimClock _clock;
    private long _syncTarget = -1;

    // The store tells at its next start that it lost bytes which were durable, until the state says so.
    private bool _bytesLost;
    private int _crashIn;
    private bool _crashIsPowerLoss;
    private bool _resigns;

    public SimNode(World world, int index, RaftOptions options, Random random)
    {
        (_world, Index, _options, _random) = (world, index, options, random);
        Log = new SimLog(world.Profile.FileSize, world.Profile.SyncFlush);
        _clock = new SimClock(world.Queue);
    }

    public int Index { get; }
    public string Id => _options.SelfId;
    public SimLog Log { get; private set; }
    public RaftCore? Core { get; private set; }
    public bool IsUp => Core is not null;

    /// <summary>Counts processes.</summary>
    public int Life { get; private set; }

    public bool IsPaused { get; private set; }
    public bool AppendsOpen { get; private set; }
    public bool DiskFull { get; set; }
    public int SyncUs { get; set; } = 300;

    /// <summary>It lost data and didn't get them all back yet.</summary>
    public bool IsDamaged { get; private set; }

    public RaftState? DiskState => _file.OnDisk;

    private List<RaftMessage> Inbox { get; } = [];

    public long NowMs => _clock.NowMs;

    public void Start()
    {
        if (IsUp) return;
        Life++;
        IsPaused = false;
        Inbox.Clear();
        var state = _file.OnDisk ?? (Log.IsEmpty ? RaftState.NewNode(_random) : RaftState.Unreadable(_random));
        if (_bytesLost) state = state.AfterLostBytes(_random);
        Core = new RaftCore(_options, state, Log, _random, NowMs);
        _world.Checker.Started(this);
        _world.Trace(this, $"starts as {Core.State.Member}, term {Core.Term}, log {Log.Start}..{Log.End}, floor {Core.State.CommitFloor}");
        _world.Queue.After(_random.Next(1000), new SimEvent(SimEventKind.Tick, Index, Life, null));
        Sync();
        Drain();
    }

    public void Kill()
    {
        if (!IsUp) return;
        _world.Trace(this, "is killed");
        Core = null;
        AppendsOpen = false;
        _file.Killed();
        _syncTarget = -1;
        _world.NodeDied(this);
    }

    public void LosePower()
    {
        Kill();
        _world.Checker.LosingData(this);
        var before = Log.End;
        Log.LosePower(_random);
        _world.Trace(this, $"loses power: {before} -> {Log.End}");
        if (_world.Profile.SyncFlush) return;
        // The boot id changed: with ASYNC_FLUSH nobody knows what is missing.
        _bytesLost = true;
        IsDamaged = true;
    }

    public void Lose(Loss loss)
    {
        Kill();
        _world.Checker.LosingData(this);
        _world.Trace(this, $"loses {loss}");
        IsDamaged = true;
        if (loss is Loss.Everything or Loss.State)
        {
            _file.Lose();
            _bytesLost = false;
        }

        if (loss is Loss.Everything or Loss.Log) Log = new SimLog(_world.Profile.FileSize, _world.Profile.SyncFlush);
        if (loss == Loss.BelowFloor) Log.LoseTail(_random, Math.Max(Log.Start, (DiskState?.CommitFloor ?? 0) - 1));
        if (loss != Loss.Tail) return;
        Log.LoseTail(_random, Log.End);
        _bytesLost = true;
    }

    /// <summary>At so many phases of outputs from now, in the middle of one.</summary>
    public void CrashIn(int phases, bool powerLoss) => (_crashIn, _crashIsPowerLoss) = (phases, powerLoss);

    public void Pause() => IsPaused = IsUp;

    public void Resume()
    {
        if (!IsPaused) return;
        IsPaused = false;
        if (!IsUp) return;
        // Which comes first after a stop of the process is chance.
        var waiting = Inbox.ToArray();
        Inbox.Clear();
        if (_random.Next(2) == 0) Call(core => core.Tick(NowMs));
        foreach (var message in waiting) Receive(message);
    }

    public void SetClock(double rate, long jumpMs) => _clock.Set(rate, jumpMs);

    public void OnTick()
    {
        _world.Queue.After(_world.Profile.TickUs, new SimEvent(SimEventKind.Tick, Index, Life, null));
        if (!IsPaused) Call(core => core.Tick(NowMs));
    }

    public void Receive(RaftMessage message)
    {
        if (!IsUp) return;
        if (IsPaused)
        {
            if (Inbox.Count < 1000) Inbox.Add(message);
            return;
        }

        _world.TraceMessage(this, message);
        Core!.Step(message, NowMs);
        if (message is AppendAnswer answer) _world.Checker.Heard(this, answer);
        Drain();
    }

    public void Call(Action<RaftCore> call)
    {
        if (!IsUp) return;
        call(Core!);
        Drain();
    }

    /// <summary>A client's record, or several, beside whatever the core does.</summary>
    public void Produce()
    {
        if (!AppendsOpen || DiskFull || IsPaused || !IsUp) return;
        for (var n = _random.Next(1, 4); n > 0; n--) Append(SimRecordKind.Data, _random.Next(SimRecords.LeastSize, 100));
        Sync();
        _world.Queue.After(_random.Next(500), new SimEvent(SimEventKind.LogChanged, Index, Life, null));
    }

    public void OnSynced()
    {
        if (IsPaused)
        {
            _world.Queue.After(10_000, new SimEvent(SimEventKind.Synced, Index, Life, null));
            return;
        }

        Log.SyncedTo(_syncTarget);
        _syncTarget = -1;
        Sync();
        Call(core => core.LogChanged(NowMs));
    }

    public void OnLazyState() => _file.Written();
    public void Recovered() => IsDamaged = false;

    private void Append(SimRecordKind kind, int size)
    {
        var from = Log.End;
        Log.Append(kind, size, kind == SimRecordKind.Marker ? Core!.Term : 0, _world.NextNumber());
        _world.Checker.Appended(this, from);
    }

    private void Sync()
    {
        if (_syncTarget >= 0 || Log.Synced >= Log.End) return;
        _syncTarget = Log.End;
        var delay = _world.Profile.SyncFlush ? 50 + _random.Next(SyncUs) : 50_000 + _random.Next(200_000);
        _world.Queue.After(delay, new SimEvent(SimEventKind.Synced, Index, Life, null));
    }

    private void Drain()
    {
        while (Core is { } core)
        {
            var output = core.TakeOutput();
            if (ReferenceEquals(output, RaftOutput.Nothing)) return;
            // Until appends are closed producers may still get in: the core must not rely on the end it saw.
            if ((output.LostLeadership || output.HoldAppends) && AppendsOpen && _random.Next(4) == 0) Append(SimRecordKind.Data, SimRecords.LeastSize);
            if (!Carry(output)) return;
            if (output.ChangesLog())
            {
                Sync();
                core.LogChanged(NowMs);
            }

            if (!_resigns) continue;
            _resigns = false;
            core.Resign("the disk is full", NowMs);
        }
    }

    /// <summary>False when the node died over it.</summary>
    private bool Carry(RaftOutput output)
    {
        if (output.Violation is { } violation) throw new InvariantException($"{Id} refuses: {violation}");
        if (output.LostLeadership || output.HoldAppends) AppendsOpen = false;
        if (output.LostLeadership) _world.Trace(this, $"lost leadership, term {Core!.Term}");
        if (Crashes()) return false;
        if (output.State is { } state) Store(state, output.StateCanWait);
        if (Crashes()) return false;
        if (!CarryLog(output)) return false;
        if (output.BecameLeader is { } led) _world.Leads(this, led);
        if ((output.BecameLeader ?? output.AppendMarker) is not null) OpenAppends(output.AppendMarker is not null);
        if (Crashes()) return false;
        foreach (var message in output.Messages) _world.Send(this, message);
        if (output.Commit is { } commit) _world.Checker.Committed(this, commit);
        return true;
    }

    private void OpenAppends(bool again)
    {
        if (!DiskFull)
        {
            Append(SimRecordKind.Marker, SimRecords.MarkerSize);
            AppendsOpen = true;
        }
        else if (again || _random.Next(2) == 0)
        {
            // A new leader that says nothing of it must be found out by the core.
            _resigns = true;
        }
    }

    private bool CarryLog(RaftOutput output)
    {
        if (output.ResetTo is { } reset)
        {
            _world.Trace(this, $"begins anew at {reset.Start}");
            if (reset.Tables.IsEmpty) throw new InvariantException($"{Id} begins anew without tables");
            if (_crashIn == 1) Log.Reset(0, []);
            if (Crashes()) return false;
            _world.Checker.Reset(this, reset);
            Log.Reset(reset.Start, reset.Terms);
        }

        if (output.TruncateTo is { } to)
        {
            _world.Checker.Truncating(this, to);
            _world.Trace(this, $"cuts {Log.End} to {to}");
            _syncTarget = Math.Min(_syncTarget, to);
            Log.Truncate(to);
        }

        if (Crashes()) return false;
        if (output.Write is not { } write || DiskFull) return true;
        Log.Write(write);
        _world.Checker.Copied(this, write.Offset);
        return !Crashes();
    }

    private void Store(RaftState state, bool canWait)
    {
        _world.Checker.Saving(this, state);
        if (canWait)
        {
            _file.SaveLater(state);
            _world.Queue.After(_random.Next(20_000), new SimEvent(SimEventKind.LazyState, Index, Life, null));
            return;
        }

        _file.Save(state);
        _bytesLost = false;
    }

    private bool Crashes()
    {
        if (_crashIn == 0 || --_crashIn > 0) return false;
        if (_crashIsPowerLoss && _world.MayLosePower(this)) LosePower();
        else Kill();
        _world.RestartLater(this);
        return true;
    }
}
