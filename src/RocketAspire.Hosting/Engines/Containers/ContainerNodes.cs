using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using RocketAspire.Hosting.Doctor;
using RocketAspire.Hosting.Engines.Distribution;
using RocketAspire.Hosting.Faults;
using RocketAspire.Hosting.Settings;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Engines.Containers;

/// <summary>Name servers and brokers of Apache's image, or of one laid out like it, each with its generated file mounted read-only.</summary>
internal sealed class ContainerNodes : NodeEngine
{
    /// <summary>
    /// Apache's scripts run the JVM as a grandchild, which a stop of the container doesn't reach: it is told here, and waited for.
    /// What runs is given as arguments, and ends with its own code.
    /// </summary>
    internal const string StopScript =
        """trap 'for p in /proc/[0-9]*; do case "$(readlink "$p/exe")" in */java) kill -TERM "${p#/proc/}";; esac; done' TERM INT; sh "$@" & wait $!; code=$?; wait; exit $code""";

    // Below it are the host's own and what the engine gives to others.
    private const int FirstAddress = 11;

    private readonly RocketMQSettings _settings;
    private readonly ContainerProgram _program;
    private readonly ContainerSlot _slot;
    private readonly ContainerNetwork _network;
    private readonly ContainerImage _image;
    private readonly ContainerCompanions _companions;
    private int _portOffset;

    public ContainerNodes(IDistributedApplicationBuilder app, RocketMQSettings settings)
        : base(app)
    {
        _settings = settings;
        _program = ContainerProgram.Find(settings.Containers.Program ?? app.Configuration["ASPIRE_CONTAINER_RUNTIME"]);
        // The orchestrator takes the first in PATH, whether it answers or not.
        app.Configuration["DcpPublisher:ContainerRuntime"] = _program.Name;
        _slot = ContainerSlot.Take(_program);
        app.Services.AddSingleton(_ => _slot);
        // Resolved, so that it goes with the application.
        app.Eventing.Subscribe<BeforeStartEvent>((e, _) => Task.FromResult(e.Services.GetServices<ContainerSlot>().Count()));
        _network = ContainerNetwork.Choose(settings, _program, _slot);
        _image = ContainerImage.Look(_program, settings.Containers.FullImage);
        _companions = new ContainerCompanions(app, _program, settings.Containers, _image);
    }

    /// <summary>Loopback isn't reached from outside, so nothing listens outside; only containers on the host's network can be there.</summary>
    private string BindAddress => _network.Reach == ContainerReach.Host ? new LocalPlacement(_network.Host!, 0, "").BindAddress! : "0.0.0.0";

    protected override bool ListensOnItsAddress => _network.Reach == ContainerReach.Host;

    /// <summary>An image may hold a JVM, and its start is slow.</summary>
    public override TimeSpan ReadyLimit => TimeSpan.FromSeconds(90);

    /// <summary>They are folders of the containers.</summary>
    public override bool StoresAreHere => false;

    /// <summary>Our own engine has no heap of a fixed size.</summary>
    public override long? HeapBytes => !_image.IsOurs && JvmOptions.MaxHeapBytes(_settings.Containers.Heap) is > 0 and var bytes ? bytes : null;

    public override Task<IReadOnlyList<DoctorFinding>> ExamineAsync(ClusterTopology topology, CancellationToken cancellationToken) =>
        new ContainerDoctor(_program, _image, _slot.ContainerName).ExamineAsync(topology, cancellationToken);

    public override Placement Placement(int portOffset, string dataPath)
    {
        _portOffset = portOffset;
        return new ContainerPlacement(_network.Host, BindAddress, number => _slot.AddressOf(FirstAddress + number), portOffset, _image.IsOurs && _network.Reach == ContainerReach.Host);
    }

    public override async Task PrepareAsync(ClusterTopology topology, string dataPath, CancellationToken cancellationToken)
    {
        await _image.PullIfMissingAsync(_program, _settings.Containers.Image is null ? "--engine container" : "--image", cancellationToken).ConfigureAwait(false);
        // Whoever had this number before was killed.
        string[] names = [.. topology.NameServers.Select(n => n.Name), .. topology.Brokers.Select(b => b.Name)];
        await _program.RunAsync(["rm", "--force", .. names.Concat(_companions.Names).Select(_slot.ContainerName)], cancellationToken).ConfigureAwait(false);
        await _companions.PrepareAsync(topology, dataPath, cancellationToken).ConfigureAwait(false);
        if (_network.Reach != ContainerReach.Host) await _slot.CreateNetworkAsync(cancellationToken).ConfigureAwait(false);
        ContainerStores.OpenFolders(topology, dataPath);
        if (UsesVolumes)
        {
            string[] volumes = [.. names.Select(_slot.VolumeName)];
            foreach (var volume in volumes) await _slot.CreateVolumeAsync(volume, cancellationToken).ConfigureAwait(false);
            await ContainerStores.OpenVolumesAsync(_program, _image.Name, volumes, cancellationToken).ConfigureAwait(false);
        }
        await Console.Out.WriteLineAsync($"{_program.Name} runs {_image.Name}; {_network.Why}").ConfigureAwait(false);
    }

    // What containers write belongs to their user: only root could remove it from a temporary folder.
    private bool UsesVolumes => _settings.DataPath is null && (_settings.Containers.Volumes ?? !Environment.IsPrivilegedProcess);

    protected override IResourceBuilder<IRocketMQNode> AddNameServer(string name, RocketMQNodeIdentity identity, NameServerNode node)
    {
        // They need the cluster's name and ports: known when its first node is.
        _companions.Add(identity.Cluster, _portOffset, (container, own) => container.WithContainerName(_slot.ContainerName(own)).WithContainerRuntimeArgs([.. Network(null, [])]));
        return Add(name, identity, node.Name, node.Host, DataFolder.ConfigFile(identity.Cluster.DataPath, node), [node.Port], ["mqnamesrv", "-c", ContainerPlacement.ConfigFile]);
    }

    protected override IResourceBuilder<IRocketMQNode> AddBroker(string name, RocketMQNodeIdentity identity, BrokerNode node)
    {
        List<string> args = ["mqbroker", "-c", ContainerPlacement.ConfigFile];
        if (node.LeaderAddress is { } leader) args.AddRange(["--leader-address", leader]);
        var ports = NodeView.OfBroker(node.Name, node.Host, node.Conf).Ports.Select(p => p.Port);
        return Add(name, identity, node.Name, node.Host, DataFolder.ConfigFile(identity.Cluster.DataPath, node), ports, args);
    }

    protected override void AddCommands(IResourceBuilder<IRocketMQNode> builder, IReadOnlyList<(string Node, string Peer)> others)
    {
        var node = builder.Resource;
        var network = _network.Reach == ContainerReach.Host ? null : _slot.Network;
        var address = _network.Reach == ContainerReach.OwnAddress ? node.Address[..node.Address.LastIndexOf(':')] : null;
        ContainerCommands.AddTo(builder, new(_program, node.Annotations.OfType<ContainerNameAnnotation>().Last().Name, network, address));
    }

    private IResourceBuilder<RocketMQContainerResource> Add(string name, RocketMQNodeIdentity identity, string node, string host, string configFile, IEnumerable<int> ports, List<string> args)
    {
        var folder = identity.IsNameServer ? ContainerPlacement.NameServerFolder : ContainerPlacement.Home + "/store";
        var container = App.AddResource(new RocketMQContainerResource(name, identity))
            .WithImage(_image.Name)
            .WithContainerName(_slot.ContainerName(node))
            .WithBindMount(configFile, ContainerPlacement.ConfigFile, isReadOnly: true);
        var runtime = new List<string> { "--no-healthcheck", "--hostname", name };
        if (Directory.Exists("/sys/fs/selinux")) runtime.AddRange(["--security-opt", "label=disable"]);
        if (UsesVolumes)
        {
            container.WithVolume(_slot.VolumeName(node), folder);
            runtime.AddRange(["--label", $"aspire.cleanup.volume={_slot.VolumeName(node)}"]);
        }
        else
        {
            container.WithBindMount(ContainerStores.FolderOf(identity.Cluster.DataPath, node, identity.IsNameServer), folder);
        }
        runtime.AddRange(Network(host, ports));
        container.WithContainerRuntimeArgs([.. runtime]);
        if (_image.IsOurs) return container.WithArgs(["sh", .. args]);
        // Older images have the one, newer ones both.
        return container.WithEnvironment("JAVA_OPT_EXT", _settings.Containers.Heap).WithEnvironment("HEAP_OPTS", _settings.Containers.Heap)
            .WithArgs(["sh", "-c", StopScript, "sh", .. args]);
    }

    /// <param name="host">The node's address; null for what is no node: it gets what is left, and is found at a published port.</param>
    /// <param name="ports">What it listens on.</param>
    private IEnumerable<string> Network(string? host, IEnumerable<int> ports)
    {
        if (_network.Reach == ContainerReach.Host) return ["--network", "host"];
        List<string> args = ["--network", _slot.Network, "--label", $"aspire.cleanup.network={_slot.Network}"];
        if (host is null) return args;
        if (_network.Reach == ContainerReach.OwnAddress) args.AddRange(["--ip", host]);
        else foreach (var port in ports) args.AddRange(["--publish", string.Create(CultureInfo.InvariantCulture, $"{host}:{port}:{port}")]);
        return args;
    }
}
