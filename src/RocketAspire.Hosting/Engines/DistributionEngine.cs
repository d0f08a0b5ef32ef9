using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Hosting.Engines.Distribution;
using RocketAspire.Hosting.Faults;
using RocketAspire.Hosting.Settings;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Engines;

/// <summary>Apache's own name servers and brokers: the scripts of an unpacked RocketMQ, each node a JVM with a home of its own.</summary>
internal sealed class DistributionEngine : NodeEngine
{
    private const string JavaHome = "JAVA_HOME";
    private const string SearchPath = "PATH";
    private const string OwnOptions = "JAVA_OPT_EXT";

    // A broker's orderly end takes 5 s on a busy machine; when it is cut short the next start goes through its log.
    private const string StopSeconds = "20";

    private readonly RocketMQSettings _settings;
    private readonly RocketMQHome _home;
    private JavaRuntime? _java;

    /// <exception cref="RocketMQSettingException">There is no RocketMQ that could be run.</exception>
    public DistributionEngine(IDistributedApplicationBuilder app, RocketMQSettings settings)
        : base(app)
    {
        if (OperatingSystem.IsWindows()) throw new RocketMQSettingException("--engine distribution: it runs RocketMQ's shell scripts, which Windows can't; use --engine embedded or container");
        _settings = settings;
        _home = RocketMQHome.Open(app.Configuration[RocketMQHome.Variable]);
    }

    /// <summary>Six JVMs on a laptop take most of half a minute.</summary>
    public override TimeSpan ReadyLimit => TimeSpan.FromSeconds(90);

    public override long? HeapBytes => JvmOptions.MaxHeapBytes(_settings.Containers.Heap) is > 0 and var bytes ? bytes : null;

    public override Placement Placement(int portOffset, string dataPath) => new ApachePlacement(_home.Release, _settings.Host ?? RocketMQSettings.Loopback, portOffset, dataPath);

    public override async Task PrepareAsync(ClusterTopology topology, string dataPath, CancellationToken cancellationToken)
    {
        if (RocketMQHome.HasBlank(dataPath)) throw new RocketMQSettingException($"--data-path {dataPath}: RocketMQ's scripts can't bear a blank in it");
        _java = await JavaRuntime.FindAsync(Given(JavaHome), Given(SearchPath), cancellationToken).ConfigureAwait(false);
        if (_java.Major > JavaRuntime.Oldest && _home.NeedsJava8())
            throw new RocketMQSettingException($"--engine distribution: the scripts of RocketMQ {_home.Release} run on Java 8 only, and {_java.Executable} is Java {_java.Major}: set JAVA_HOME to Java 8, or take a later RocketMQ");
        JavaShim.Write(dataPath, _java);
    }

    protected override IResourceBuilder<IRocketMQNode> AddNameServer(string name, RocketMQNodeIdentity identity, NameServerNode node) =>
        Add(name, identity, node.Name, _home.NameServerScript, DataFolder.ConfigFile(identity.Cluster.DataPath, node), "namesrv.log");

    protected override IResourceBuilder<IRocketMQNode> AddBroker(string name, RocketMQNodeIdentity identity, BrokerNode node) =>
        Add(name, identity, node.Name, _home.BrokerScript, DataFolder.ConfigFile(identity.Cluster.DataPath, node), "broker.log");

    /// <summary>Nothing in a JVM obeys our faults of disk, clock and network; its process does.</summary>
    protected override void AddCommands(IResourceBuilder<IRocketMQNode> builder, IReadOnlyList<(string Node, string Peer)> others) => NodeCommands.AddProcessCommandsTo(builder);

    /// <summary>From the environment, which is part of the configuration.</summary>
    private string? Given(string variable) => App.Configuration[variable];

    private IResourceBuilder<RocketMQProcessResource> Add(string name, RocketMQNodeIdentity identity, string node, string script, string config, string log)
    {
        var dataPath = identity.Cluster.DataPath;
        var home = Path.Combine(dataPath, node);
        var resource = App.AddResource(new RocketMQProcessResource(name, identity, "sh", dataPath))
            .WithArgs(script, "-c", config)
            .WithEnvironment("OFFLINEASPIRE_STOP_SECONDS", StopSeconds)
            .WithEnvironment(RocketMQHome.Variable, _home.Path)
            .WithEnvironment(JavaHome, JavaShim.HomeIn(dataPath))
            .WithEnvironment(SearchPath, JavaShim.BinIn(dataPath) + Path.PathSeparator + Given(SearchPath))
            .WithEnvironment(context => context.EnvironmentVariables[OwnOptions] =
                JvmOptions.Of(_home.Release, _settings.Containers.Heap, _java?.Major ?? JavaRuntime.Oldest, home, Given(OwnOptions)));
        new LogCollector(Path.Combine(home, "logs", "rocketmqlogs", log)).Attach(App, resource.Resource);
        return resource;
    }
}
