using System.Collections.Concurrent;
using System.Diagnostics;
using RocketAspire.Client;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Bench;

/// <summary>An error by its code, or by what happened when no answer came.</summary>
/// <param name="Code">The answer's code; null when there was none.</param>
/// <param name="Name">The code's name, or <c>no connection</c>, <c>timeout</c>, <c>connection lost</c>.</param>
internal sealed record ErrorKind(int? Code, string Name);

/// <summary>How often an error came, and what the first one said.</summary>
internal sealed record ErrorCount(int? Code, string Name, long Count, string FirstMessage);

/// <summary>What the senders did since the counting began.</summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<ErrorKind, Entry> _errors = new();
    private readonly long _startedAt;
    private long _sent;
    private long _errorCount;

    public Tally(long startedAt)
    {
        _startedAt = startedAt;
        Gaps = new GapClock(startedAt);
    }

    public Latencies Latencies { get; } = new();

    public GapClock Gaps { get; }

    /// <summary>Acknowledged by code 0; one-way: handed over.</summary>
    public long Sent => Volatile.Read(ref _sent);

    public long Errors => Volatile.Read(ref _errorCount);

    public IReadOnlyList<ErrorCount> ErrorsByCode =>
        [.. _errors.Select(static pair => new ErrorCount(pair.Key.Code, pair.Key.Name, pair.Value.Count, pair.Value.FirstMessage)).OrderByDescending(static error => error.Count)];

    public void Succeeded(long sentAt)
    {
        var now = Stopwatch.GetTimestamp();
        // A message of the warm-up may be answered after its end.
        if (sentAt < _startedAt) return;
        Latencies.Record(sentAt, now);
        Gaps.Succeeded(now);
        Interlocked.Increment(ref _sent);
    }

    public void Failed(ErrorKind kind, string message)
    {
        Interlocked.Increment(ref _errorCount);
        _errors.GetOrAdd(kind, static (_, first) => new Entry(first), message).Increment();
    }

    public static ErrorKind KindOf(SendStatus status) => OfCode(status switch
    {
        SendStatus.FlushDiskTimeout => ResponseCode.FlushDiskTimeout,
        SendStatus.SlaveNotAvailable => ResponseCode.SlaveNotAvailable,
        _ => ResponseCode.FlushSlaveTimeout,
    });

    /// <summary>Null: not an error of the cluster's.</summary>
    public static ErrorKind? KindOf(Exception exception) => exception switch
    {
        RocketMQResponseException answered => OfCode(answered.Code),
        RemotingConnectException => new(null, "no connection"),
        RemotingTimeoutException or TimeoutException => new(null, "timeout"),
        RemotingSendException => new(null, "connection lost"),
        RocketMQException => new(null, "no route"),
        _ => null,
    };

    private static ErrorKind OfCode(int code)
    {
        var field = typeof(ResponseCode).GetFields().FirstOrDefault(field => field.GetRawConstantValue() is int value && value == code);
        return new(code, field?.Name ?? "");
    }

    private sealed class Entry(string firstMessage)
    {
        private long _count;

        public string FirstMessage { get; } = firstMessage;

        public long Count => Volatile.Read(ref _count);

        public void Increment() => Interlocked.Increment(ref _count);
    }
}
