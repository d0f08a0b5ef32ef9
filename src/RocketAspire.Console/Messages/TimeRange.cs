using System.Globalization;

namespace RocketAspire.Console.Messages;

/// <summary>A span of time as people choose it and as it stands in an address.</summary>
/// <param name="Choice">Hours back from now: 1, 24, 72; or all, or custom.</param>
/// <param name="Begin">With custom.</param>
/// <param name="End">With custom.</param>
public sealed record TimeRange(string Choice, DateTimeOffset? Begin, DateTimeOffset? End)
{
    public static readonly TimeRange Day = new("24", null, null);

    /// <param name="hours">Of the address.</param>
    /// <param name="from">Unix milliseconds; with either of both the span is custom.</param>
    /// <param name="to">Unix milliseconds.</param>
    /// <param name="otherwise">What none of them means.</param>
    public static TimeRange Parse(string? hours, string? from, string? to, TimeRange otherwise)
    {
        if (Time(from) is { } begin) return new("custom", begin, Time(to));
        if (Time(to) is { } end) return new("custom", null, end);
        return hours is "1" or "24" or "72" or "all" ? new(hours, null, null) : otherwise;
    }

    /// <summary>When it begins and ends, looked at then. It ends a minute later: clocks differ.</summary>
    public (DateTimeOffset? From, DateTimeOffset To) At(DateTimeOffset now) => Choice switch
    {
        "custom" => (Begin, End ?? now.AddMinutes(1)),
        "all" => (null, now.AddMinutes(1)),
        _ => (now.AddHours(-int.Parse(Choice, CultureInfo.InvariantCulture)), now.AddMinutes(1)),
    };

    public string ToQuery() => Choice == "custom"
        ? $"from={Begin?.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}&to={End?.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}"
        : $"hours={Choice}";

    private static DateTimeOffset? Time(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ms) && ms is > 0 and < 253_402_214_400_000 ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
