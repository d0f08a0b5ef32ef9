using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Delivers timed messages at their seconds, on the one broker of its group that takes writes.</summary>
/// <remarks>
/// They wait in the internal topic's queue, whose entries say when each is due; a record of the log behind each delivered second says
/// how far delivery has come. So a broker that starts, or takes over, goes on from the log alone; what was delivered without its
/// record behind it comes twice.
/// Source of the behaviour: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/store/src/main/java/org/apache/rocketmq/store/timer/TimerMessageStore.java
/// </remarks>
public sealed class TimerMessageService : IAsyncDisposable
{
    private const int ReadCount = 4096;

    // After so many of one second the progress is noted.
    private const int ProgressEvery = 1000;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(1);

    private readonly MessageStore _store;
    private readonly MessageWriter _writer;
    private readonly TimerDelivery _delivery;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TimerWheel _wheel = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    // The term whose log the wheel was read from; -1 when it wasn't.
    private int _term = -1;

    // What was taken back in a second of which only a part could be delivered.
    private (long Due, HashSet<string> TakenBack)? _unfinished;

    // The second that is being delivered; long.MaxValue when none is.
    private long _delivering = long.MaxValue;

    // Place of the queue before which nothing waits; -1 while this broker doesn't deliver.
    private long _low = -1;

    public TimerMessageService(MessageStore store, MessageWriter writer, BrokerAddress address, BrokerCounters counters, TimeProvider time, ILogger logger)
    {
        _store = store;
        _writer = writer;
        _delivery = new TimerDelivery(store, writer, address, counters, time, logger);
        _time = time;
        _logger = logger;
    }

    /// <summary>Messages that wait, as far as this broker knows.</summary>
    public long Waiting => _wheel.Waiting;

    /// <summary>By how much delivery lags.</summary>
    public long BehindSeconds => Math.Max(0, Now() - Volatile.Read(ref _delivering)) / 1000;

    /// <summary>Messages in the queue of which this broker doesn't know yet; 0 while it doesn't deliver.</summary>
    public long NotTaken => Volatile.Read(ref _low) < 0 ? 0 : Math.Max(0, _store.QueueBounds(TopicNames.Timer, 0).Max - _wheel.Next);

    public void Start()
    {
        _store.Arrived += OnArrived;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Where the log begins that holds messages that wait, in bytes; <see cref="long.MaxValue"/> when none does.</summary>
    public long NeedsFrom()
    {
        var low = Volatile.Read(ref _low);
        return UndeliveredBound.From(_store, TopicNames.Timer, [(0, low >= 0 ? low : _delivery.ReadProgress().Low)]);
    }

    /// <summary>Looks at once whether something is due, and may be delivered now.</summary>
    public void Wake()
    {
        if (_wake.CurrentCount > 0) return;
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another arrival was quicker: the loop wakes anyway.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _store.Arrived -= OnArrived;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
        _wake.Dispose();
    }

    private void OnArrived(MessageArrival arrival)
    {
        if (arrival.Topic == TopicNames.Timer) Wake();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            TimeSpan wait;
            try
            {
                wait = Step();
            }
            catch (Exception e) when (e is IOException or FormatException or ObjectDisposedException)
            {
                Log.BackgroundFailed(_logger, "Delivering timed messages", e.Message, e);
                wait = IdleInterval;
            }

            await SleepAsync(wait).ConfigureAwait(false);
        }
    }

    private async Task SleepAsync(TimeSpan wait)
    {
        using var limit = new CancellationTokenSource(wait < LongestSleep ? wait : LongestSleep, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        try
        {
            await _wake.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Due, or stopping.
        }
    }

    /// <summary>Delivers what is due; answers how long nothing will be.</summary>
    private TimeSpan Step()
    {
        if (!_writer.AcceptsWrites(out _))
        {
            Volatile.Write(ref _low, -1);
            return IdleInterval;
        }

        // What was delivered by others, or before the last start, is known when the queues have come to where this term begins.
        // Within a term the log alone would not say it all: a record just appended is not in the queues yet.
        if (_store.Terms.Entries is [.., var current] && _store.DispatchedOffset < current.StartOffset) return RetryInterval;
        var term = _store.Terms.Last;
        if (_term != term)
        {
            _wheel.Reset(_delivery.ReadProgress(), _store.QueueBounds(TopicNames.Timer, 0).Min, Now());
            _term = term;
            _unfinished = null;
        }

        TakeArrivals();
        if (_wheel.NeedsWindow(Now())) OpenWindow();
        var delivered = DeliverDue();
        Volatile.Write(ref _low, _wheel.Low);
        if (!delivered) return RetryInterval;
        var next = _wheel.NextDue;
        return next == long.MaxValue ? LongestSleep : TimeSpan.FromMilliseconds(Math.Max(0, next - Now()));
    }

    private void TakeArrivals()
    {
        while (_store.Queries.ReadEntries(TopicNames.Timer, 0, _wheel.Next, ReadCount) is { Count: > 0 } entries)
        {
            foreach (var entry in entries) _wheel.Add(_wheel.Next, entry.TagsCode);
        }
    }

    private void OpenWindow()
    {
        var before = _wheel.BeginWindow(Now());
        var low = long.MaxValue;
        for (var at = Math.Max(_wheel.Low, _store.QueueBounds(TopicNames.Timer, 0).Min); at < _wheel.Next;)
        {
            if (_store.Queries.ReadEntries(TopicNames.Timer, 0, at, (int)Math.Min(ReadCount, _wheel.Next - at)) is not { Count: > 0 } entries) break;
            foreach (var entry in entries)
            {
                if (_wheel.Revisit(at, entry.TagsCode, before)) low = Math.Min(low, at);
                at++;
            }
        }

        _wheel.EndWindow(Math.Min(low, _wheel.Next));
    }

    /// <summary>False when the log took no more: to be tried again.</summary>
    private bool DeliverDue()
    {
        while (!_stop.IsCancellationRequested)
        {
            var messages = _wheel.TakeDue(Now(), out var due);
            if (messages.Count == 0)
            {
                Volatile.Write(ref _delivering, long.MaxValue);
                return true;
            }

            Volatile.Write(ref _delivering, due);
            if (DeliverSecond(due, messages) is not (>= 0 and var left)) continue;
            _wheel.PutBack(due, messages[left..]);
            return false;
        }

        return true;
    }

    /// <summary>Delivers what is due at one time; answers the first that it couldn't, -1 when there is none.</summary>
    private int DeliverSecond(long due, List<TimedMessage> messages)
    {
        HashSet<string> takenBack;
        try
        {
            takenBack = _delivery.ReadTakenBack(messages);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Log.BackgroundFailed(_logger, "Reading what is taken back", e.Message, e);
            return 0;
        }

        if (_unfinished is { } earlier && earlier.Due == due) takenBack.UnionWith(earlier.TakenBack);
        _unfinished = null;
        for (var i = 0; i < messages.Count;)
        {
            // What takes others back counts for its whole second: that is noted as a whole.
            var part = takenBack.Count > 0 ? messages.Count - i : Math.Min(ProgressEvery, messages.Count - i);
            var done = _delivery.Deliver(messages, i, part, takenBack);
            if (done > 0 && _wheel.Delivered(due, messages[i + done - 1].Offset, done, i + done == messages.Count) is { } progress && (done == part || takenBack.Count == 0))
            {
                _delivery.NoteProgress(progress);
            }

            i += done;
            if (done == part) continue;
            _unfinished = (due, takenBack);
            return i;
        }

        return -1;
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
