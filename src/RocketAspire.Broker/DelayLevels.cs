using System.Globalization;

namespace RocketAspire.Broker;

/// <summary>The delay levels: level 1 is the first.</summary>
public sealed class DelayLevels
{
    public const string DefaultText = "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";

    private readonly long[] _delaysMs;

    public DelayLevels(IReadOnlyList<long> delaysMs) => _delaysMs = [.. delaysMs];

    public int Max => _delaysMs.Length;

    /// <summary>Delay of a level in milliseconds; 1..<see cref="Max"/>.</summary>
    public long DelayMs(int level) => _delaysMs[level - 1];

    /// <summary>Reads messageDelayLevel: blank-separated numbers with s, m, h or d. Null when it isn't of that form.</summary>
    public static long[]? Parse(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0) return null;
        var delays = new long[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var unit = parts[i][^1] switch { 's' => 1_000L, 'm' => 60_000L, 'h' => 3_600_000L, 'd' => 86_400_000L, _ => 0L };
            if (unit == 0 || !int.TryParse(parts[i].AsSpan(0, parts[i].Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
            delays[i] = unit * number;
        }

        return delays;
    }
}
