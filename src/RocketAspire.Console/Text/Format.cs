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

    public static string Percent(double? value) => value is { } ratio ? (ratio * 100).ToString("0", CultureInfo.InvariantCulture) + " %" : "–";

    /// <summary>In this machine's time zone: the console and its reader are on one machine.</summary>
    public static string Time(DateTimeOffset time) => time.ToUnixTimeMilliseconds() <= 0 ? "–" : time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    public static string Time(long unixMs) => Time(DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(unixMs, 0, 253_402_300_799_999)));
}
