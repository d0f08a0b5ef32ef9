namespace RocketAspire.Protocol.Config;

/// <summary>The keys of a name server's file (<c>mqnamesrv -c</c>).</summary>
/// <remarks>Source: NamesrvConfig and NettyServerConfig of <c>https://github.com/apache/rocketmq/tree/rocketmq-all-5.3.1</c>.</remarks>
public static class NameServerConf
{
    private const string OwnWay = "the embedded node manages this itself";

    private static readonly ConfKeyTable Table = new();

    public static readonly BrokerConfKey<int> ListenPort = Table.Int("listenPort", 9876, "the port for brokers and clients", 1, 65535);
    public static readonly BrokerConfKey<string> BindAddress = Table.Text("bindAddress", "0.0.0.0", "the local address to listen on", ConfVersions.V5);
    public static readonly BrokerConfKey<string> KvConfigPath = Table.Text("kvConfigPath", null, "the file of the KV settings (~/namesrv/kvConfig.json when unset)");
    public static readonly BrokerConfKey<string> ConfigStorePath = Table.Text("configStorePath", null, "where changed settings are written (~/namesrv/namesrv.properties when unset)");
    public static readonly BrokerConfKey<bool> OrderMessageEnable = Table.Bool("orderMessageEnable", false, "add the order topic settings to routes");
    public static readonly BrokerConfKey<bool> ReturnOrderTopicConfigToBroker = Table.Bool("returnOrderTopicConfigToBroker", true, "answer a registration with the order topic settings", ConfVersions.V5);
    public static readonly BrokerConfKey<long> ScanNotActiveBrokerInterval = Table.Long("scanNotActiveBrokerInterval", 5_000, "ms between looks for brokers that went silent", 1, versions: ConfVersions.V5);
    public static readonly BrokerConfKey<string> ProductEnvName = Table.Text("productEnvName", "center", "the environment's name", notHonoured: OwnWay);
    public static readonly BrokerConfKey<bool> ClusterTest = Table.Bool("clusterTest", false, "ask another cluster for topics that aren't known", notHonoured: "the embedded node serves its own cluster only");

    private static readonly Dictionary<string, BrokerConfKey> ByName = BrokerConf.Index(Table.Keys);

    public static IReadOnlyList<BrokerConfKey> Declared => Table.Keys;

    /// <summary>What is in force in an Apache name server of 4.9 without a file, as far as it is fixed.</summary>
    public static SortedDictionary<string, string> Defaults()
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in ApacheKeys.NameServer.Values.Concat(Declared))
            if (key.Versions.HasFlag(ConfVersions.V4) && (key.DefaultInV4 ?? key.Default) is { } value) all[key.Name] = value;
        return all;
    }

    /// <summary>Looks a key up by its exact name, those of the network layer included.</summary>
    public static BrokerConfKey? Find(string name) =>
        ByName.TryGetValue(name, out var key) ? key : TlsConf.Find(name) ?? ApacheKeys.NameServer.GetValueOrDefault(name);
}
