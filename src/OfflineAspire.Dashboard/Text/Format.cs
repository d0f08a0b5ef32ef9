using System.Globalization;

namespace OfflineAspire.Dashboard.Text;

/// <summary>Figures as people read them.</summary>
public static class Format
{
    /// <summary>In this machine's time zone: the dashboard and its reader are on one machine.</summary>
    public static string Time(DateTimeOffset? time) => time is { } at ? at.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture) : "–";

    public static string FineTime(DateTimeOffset time) => time.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    public static string FullTime(DateTimeOffset? time) => time is { } at ? at.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture) : "–";

    /// <summary>In the largest unit of which there is at least one.</summary>
    public static string Duration(TimeSpan duration) => duration switch
    {
        { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalMinutes} min {duration.Seconds} s"),
        { TotalSeconds: >= 1 } => duration.TotalSeconds.ToString("0.##", CultureInfo.InvariantCulture) + " s",
        { TotalMilliseconds: >= 1 } => duration.TotalMilliseconds.ToString("0.##", CultureInfo.InvariantCulture) + " ms",
        _ => duration.TotalMicroseconds.ToString("0.#", CultureInfo.InvariantCulture) + " µs",
    };

    /// <summary>With at most four digits that matter, and a letter for thousands.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        double.NaN => "–",
        >= 1e9 => (value / 1e9).ToString("0.##", CultureInfo.InvariantCulture) + " G",
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + " M",
        >= 1e4 => (value / 1e3).ToString("0.#", CultureInfo.InvariantCulture) + " k",
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("0.##", CultureInfo.InvariantCulture),
        0 => "0",
        _ => value.ToString("0.####", CultureInfo.InvariantCulture),
    };

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A number for SVG and style sheets.</summary>
    public static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
