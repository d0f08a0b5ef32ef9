using System.Globalization;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Console.Messages;

/// <summary>Whether and when a message was sent again from here.</summary>
public enum ResentState
{
    Sending,
    Sent,

    /// <summary>The broker didn't answer: it may have stored the message.</summary>
    Uncertain,
}

/// <summary>
/// What this console has sent again, for all who have it open: a second click, another tab or a page that was loaded anew doesn't send it twice.
/// Kept while the console runs, the last hundred thousand.
/// </summary>
public sealed class ResentMessages(TimeProvider time)
{
    private const int Most = 100_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (ResentState State, DateTimeOffset At)> _marks = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = [];

    /// <summary>A place in a log, with the time of storing: a broker that starts anew with an empty store has the same places again.</summary>
    public static string MarkOf(MessageRecord record) => string.Create(CultureInfo.InvariantCulture, $"{MessageId.Create(record.StoreHost, record.PhysicalOffset)}@{record.StoreTimestamp}");

    public (ResentState State, DateTimeOffset At)? Find(string mark)
    {
        lock (_gate) return _marks.TryGetValue(mark, out var found) ? found : null;
    }

    /// <summary>Takes a message for sending; false when it is being sent or was, unless it is to be sent all the same. None is sent twice at once.</summary>
    /// <param name="mark">The message.</param>
    /// <param name="again">Also one that was sent already.</param>
    public bool TryTake(string mark, bool again)
    {
        lock (_gate)
        {
            if (_marks.TryGetValue(mark, out var found) && (found.State == ResentState.Sending || !again)) return false;
            if (_marks.TryAdd(mark, default)) _order.Enqueue(mark);
            _marks[mark] = (ResentState.Sending, time.GetUtcNow());
            while (_order.Count > Most && _order.TryDequeue(out var oldest)) _marks.Remove(oldest);
            return true;
        }
    }

    public void Sent(string mark) => Set(mark, ResentState.Sent);

    public void MaybeSent(string mark) => Set(mark, ResentState.Uncertain);

    /// <summary>It was not sent: it may be tried again.</summary>
    public void Release(string mark)
    {
        // It stays in the order, where a mark that is gone does no harm.
        lock (_gate) _marks.Remove(mark);
    }

    private void Set(string mark, ResentState state)
    {
        lock (_gate) _marks[mark] = (state, time.GetUtcNow());
    }
}
