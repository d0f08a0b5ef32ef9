using System.Globalization;

namespace RocketAspire.Console.Text;

/// <summary>Figures as people read them.</summary>
public static class Format
{
    public static string Count(long? value) => value is { } number ? number.ToString("#,0", CultureInfo.InvariantCulture) : "–";

    /// <summary>A second.</summary>
    public static string Rate(double value) => value switch
    {
        >= 100_000 => (value / 1000).ToString("#,0", CultureInfo.InvariantCulture) + " k",
        >= 100 => value.ToString("#,0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.#", CultureInfo.InvariantCulture),
    };

    public static string Bytes(long? value)
    {
        if (value is not { } bytes) return "–";
        if (bytes < 1024) return bytes.ToString(CultureInfo.InvariantCulture) + " B";
        var exponent = Math.Min(6, (int)Math.Log(bytes, 1024));
        return (bytes / Math.Pow(1024, exponent)).ToString("0.#", CultureInfo.InvariantCulture) + " " + "KMGTPE"[exponent - 1] + "iB";
    }

    /// <summary>To the two largest units: 7 ms, 1.3 s, 2 min 5 s, 3 h 20 min.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalMilliseconds: < 1000 } => span.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) + " ms",
        { TotalSeconds: < 60 } => span.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture) + " s",
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalMinutes} min{(span.Seconds > 0 ? $" {span.Seconds} s" : "")}"),
        { TotalHours: < 24 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours} h{(span.Minutes > 0 ? $" {span.Minutes} min" : "")}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalDays} d{(span.Hours > 0 ? $" {span.Hours} h" : "")}"),
    };

    public static string Percent(double? value) => value is { } ratio ? (ratio * 100).ToString("0", CultureInfo.InvariantCulture) + " %" : "–";

    /// <summary>In this machine's time zone: the console and its reader are on one machine.</summary>
    public static string Time(DateTimeOffset time) => time.ToUnixTimeMilliseconds() <= 0 ? "–" : time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    public static string Time(long unixMs) => Time(DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(unixMs, 0, 253_402_300_799_999)));

    /// <summary>A client's release by its number of Apache's enumeration, which counts two a release, ten releases a minor one, from 4.0.0 at 213 on.</summary>
    public static string Release(int version)
    {
        const int first = 213;
        if (version < first) return version.ToString(CultureInfo.InvariantCulture);
        // The odd ones between are snapshots of what comes next.
        var release = (version - first + 1) / 2;
        return string.Create(CultureInfo.InvariantCulture, $"{4 + (release / 100)}.{release / 10 % 10}.{release % 10}{((version - first) % 2 == 0 ? "" : "-SNAPSHOT")}");
    }
}
