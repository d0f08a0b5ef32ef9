using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Remoting;

/// <summary>Requests of one connection that wait for their answers. One timer for all of them, armed for the nearest deadline.</summary>
internal sealed class CallTable : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Call> _calls = [];
    private readonly TimeProvider _time;
    private readonly string _address;
    private ITimer? _timer;
    private long _armedFor = long.MaxValue;
    private int _lastOpaque;
    private string? _closedReason;

    public CallTable(TimeProvider time, string address)
    {
        _time = time;
        _address = address;
    }

    public int Count
    {
        get
        {
            lock (_gate) return _calls.Count;
        }
    }

    /// <summary>Gives the request its opaque and starts its clock.</summary>
    public Call Add(RemotingCommand request, TimeSpan timeout)
    {
        var deadline = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency);
        var call = new Call(request.Code, timeout, deadline);
        lock (_gate)
        {
            if (_closedReason is not null) throw new RemotingSendException(_address, _closedReason);
            // A call that waits for very long may still hold the number when the counter comes round.
            do call.Opaque = ++_lastOpaque & int.MaxValue;
            while (!_calls.TryAdd(call.Opaque, call));
            request.Opaque = call.Opaque;
            if (call.Deadline < _armedFor) Arm(call.Deadline);
        }

        return call;
    }

    public void Complete(RemotingCommand response)
    {
        Call? call;
        lock (_gate) _calls.Remove(response.Opaque, out call);
        // An answer that nobody waits for any more came after its timeout.
        call?.TrySetResult(response);
    }

    public void Remove(Call call)
    {
        lock (_gate) _calls.Remove(call.Opaque);
    }

    /// <summary>Fails everything that waits, and whatever comes after.</summary>
    public void Close(string reason)
    {
        List<Call> failed;
        lock (_gate)
        {
            if (_closedReason is not null) return;
            _closedReason = reason;
            failed = [.. _calls.Values];
            _calls.Clear();
            _timer?.Dispose();
            _timer = null;
        }

        foreach (var call in failed) call.TrySetException(new RemotingSendException(_address, reason));
    }

    public void Dispose() => Close("closed");

    private void Arm(long deadline)
    {
        _armedFor = deadline;
        var due = _time.GetElapsedTime(_time.GetTimestamp(), deadline);
        // A timer counts whole milliseconds: rounding up avoids one that fires just before its deadline.
        due = TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(due.TotalMilliseconds), 0, int.MaxValue));
        if (_timer is null) _timer = _time.CreateTimer(static state => ((CallTable)state!).Sweep(), this, due, Timeout.InfiniteTimeSpan);
        else _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void Sweep()
    {
        List<Call>? expired = null;
        lock (_gate)
        {
            if (_closedReason is not null) return;
            var now = _time.GetTimestamp();
            var next = long.MaxValue;
            foreach (var call in _calls.Values)
            {
                if (call.Deadline <= now) (expired ??= []).Add(call);
                else next = Math.Min(next, call.Deadline);
            }

            foreach (var call in expired ?? []) _calls.Remove(call.Opaque);
            _armedFor = long.MaxValue;
            if (next != long.MaxValue) Arm(next);
        }

        foreach (var call in expired ?? []) call.TrySetException(new RemotingTimeoutException(_address, call.Code, call.Timeout));
    }

    internal sealed class Call(int code, TimeSpan timeout, long deadline)
        : TaskCompletionSource<RemotingCommand>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public int Code { get; } = code;

        public TimeSpan Timeout { get; } = timeout;

        public long Deadline { get; } = deadline;

        public int Opaque { get; set; }
    }
}
