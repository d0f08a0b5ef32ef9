namespace RocketAspire.Protocol.Config;

/// <summary>The keys of Apache's own classes that no code of ours touches: known, so that they are neither refused nor mistaken for typing errors.</summary>
internal static class ApacheKeys
{
    private const string NotUsed = "the embedded node doesn't use it";

    private static readonly Lazy<Dictionary<string, BrokerConfKey>> LazyAll = new(() => Read(ApacheBrokerKeys.Lines, ApacheStoreKeys.Lines, ApacheNetworkKeys.Lines));
    private static readonly Lazy<Dictionary<string, BrokerConfKey>> LazyNameServer = new(() => Read(ApacheNameServerKeys.Lines, ApacheNetworkKeys.Lines));

    public static Dictionary<string, BrokerConfKey> All => LazyAll.Value;

    public static Dictionary<string, BrokerConfKey> NameServer => LazyNameServer.Value;

    private static Dictionary<string, BrokerConfKey> Read(params ReadOnlySpan<string> tables)
    {
        var keys = new Dictionary<string, BrokerConfKey>(400, StringComparer.Ordinal);
        foreach (var table in tables)
        {
            foreach (var line in table.AsSpan().EnumerateLines())
            {
                // name kind versions default [4.9:default]
                var parts = line.ToString().Split(' ');
                keys.Add(parts[0], new PlainKey(parts[0], Enum.Parse<ConfKind>(parts[1]))
                {
                    Versions = parts[2] switch { "4,5" => ConfVersions.Both, "4" => ConfVersions.V4, _ => ConfVersions.V5 },
                    Default = parts[3] switch { "?" => null, "\"\"" => "", var text => text },
                    DefaultInV4 = parts.Length > 4 ? parts[4]["4.9:".Length..] : null,
                    NotHonouredBecause = NotUsed,
                });
            }
        }
        return keys;
    }

    private sealed class PlainKey(string name, ConfKind kind) : BrokerConfKey(name, kind);
}
