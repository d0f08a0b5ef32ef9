namespace OfflineAspire.Dashboard.Otlp;

/// <summary>
/// Telemetry says the same few words over and over: of equal strings that come within a while one is kept. A slot holds the last
/// string of its hash, so the cache is as large as it is, whatever comes.
/// </summary>
internal static class StringCache
{
    private const int Slots = 16_384;

    /// <summary>Longer ones seldom come twice.</summary>
    private const int LongestText = 128;

    private static readonly string?[] Kept = new string?[Slots];

    public static string Get(string text)
    {
        if (text.Length == 0) return "";
        if (text.Length > LongestText) return text;
        // A race keeps either string, and both are right.
        ref var slot = ref Kept[(uint)text.GetHashCode(StringComparison.Ordinal) % Slots];
        if (slot is { } kept && kept == text) return kept;
        slot = text;
        return text;
    }
}
