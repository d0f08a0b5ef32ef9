using System.Text.Json;

namespace RocketAspire.Bench;

/// <summary>One side of the load. Rates count whole seconds of the measured time; latencies are in milliseconds.</summary>
internal sealed record LoadResult(long Messages, double MessagesPerSecond, double MebibytesPerSecond, LatencySummary? LatencyMs);

/// <summary>One second of the run: how many in it.</summary>
internal sealed record SecondSample(int Second, long Sent, long Errors, long Received);

/// <summary>The longest time without a successful send.</summary>
internal sealed record GapResult(double Seconds, double BeganAfterSeconds);

/// <summary>What consuming showed.</summary>
/// <param name="Load">Messages of the measured time.</param>
/// <param name="Missing">Acknowledged (one-way: sent), yet not received, over the whole run.</param>
/// <param name="Duplicates">Received once more, over the whole run.</param>
/// <param name="FailedPulls">Pulls that failed.</param>
internal sealed record ReceiveResult(LoadResult Load, long Missing, long Duplicates, long FailedPulls);

/// <summary>All that one run measured; the JSON file has the same shape.</summary>
internal sealed record BenchResult
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public required string Topic { get; init; }

    /// <summary>Null: by remoting.</summary>
    public string? Proxy { get; init; }

    public required string Mode { get; init; }

    public required int Size { get; init; }

    public required int Senders { get; init; }

    /// <summary>Messages each sender kept under way.</summary>
    public required int InFlight { get; init; }

    /// <summary>0: unlimited.</summary>
    public required int Rate { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Measured time, without warm-up and without waiting for the last messages.</summary>
    public required double Seconds { get; init; }

    /// <summary>Ended before its time by a signal.</summary>
    public required bool Interrupted { get; init; }

    public required LoadResult Sent { get; init; }

    public required IReadOnlyList<ErrorCount> Errors { get; init; }

    public required GapResult LongestGap { get; init; }

    public ReceiveResult? Received { get; init; }

    public required IReadOnlyList<SecondSample> Timeline { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Format);
}
