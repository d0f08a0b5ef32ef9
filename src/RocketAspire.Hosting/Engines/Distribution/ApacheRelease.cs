using System.Globalization;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Engines.Distribution;

/// <summary>Which Apache RocketMQ it is, and with that which settings it reads.</summary>
/// <param name="Major">4 or 5.</param>
/// <param name="Minor">The second number.</param>
/// <param name="Patch">The third number.</param>
internal readonly record struct ApacheRelease(int Major, int Minor, int Patch) : IComparable<ApacheRelease>
{
    /// <summary>The first one whose brokers and tools our nodes and probes were tried with.</summary>
    public static ApacheRelease Oldest { get; } = new(4, 9, 0);

    private static ApacheRelease FirstWithRecall { get; } = new(5, 3, 2);

    public bool IsSupported => CompareTo(Oldest) >= 0 && Major <= 5;

    /// <summary>Reads the first <c>a.b.c</c> of a name such as <c>rocketmq-common-4.9.8.jar</c>; null when there is none.</summary>
    public static ApacheRelease? Find(string name)
    {
        for (var start = 0; start < name.Length; start++)
        {
            if (!char.IsAsciiDigit(name[start]) || (start > 0 && (char.IsAsciiDigit(name[start - 1]) || name[start - 1] == '.'))) continue;
            var end = start;
            while (end < name.Length && (char.IsAsciiDigit(name[end]) || name[end] == '.')) end++;
            var parts = name[start..end].TrimEnd('.').Split('.');
            if (parts.Length == 3 && Part(parts[0]) is { } major && Part(parts[1]) is { } minor && Part(parts[2]) is { } patch) return new(major, minor, patch);
            start = end;
        }

        return null;
    }

    /// <summary>Whether a broker or name server of this release looks at the key; it passes over other ones without a word.</summary>
    public bool Reads(BrokerConfKey key) =>
        key.Versions.HasFlag(Major >= 5 ? ConfVersions.V5 : ConfVersions.V4) && (key != BrokerConf.RecallMessageEnable || CompareTo(FirstWithRecall) >= 0);

    public int CompareTo(ApacheRelease other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}");

    public static bool operator <(ApacheRelease left, ApacheRelease right) => left.CompareTo(right) < 0;

    public static bool operator >(ApacheRelease left, ApacheRelease right) => left.CompareTo(right) > 0;

    public static bool operator <=(ApacheRelease left, ApacheRelease right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ApacheRelease left, ApacheRelease right) => left.CompareTo(right) >= 0;

    private static int? Part(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
