using System.Collections.Immutable;
using System.Reflection;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.DependencyInjection;
using RocketAspire.Hosting.Doctor;
using RocketAspire.Hosting.Engines;
using RocketAspire.Hosting.Publishing;
using RocketAspire.Hosting.Readiness;
using RocketAspire.Hosting.Reporting;
using RocketAspire.Hosting.Settings;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting;

/// <summary>
/// What has been asked of one cluster so far. Each change plans the cluster anew, so that its nodes are in the model at once; what
/// is wrong is said when the application starts, since two changes may be right only together.
/// </summary>
internal sealed class ClusterBuilder : IResourceAnnotation
{
    private const string DataPrefix = "rocketaspire-";

    /// <summary>Of three ports, each one's remainder by the width of a port block apart from those of all nodes.</summary>
    private const int FirstSamplePort = 8092;

    private readonly IDistributedApplicationBuilder _app;
    private readonly IResourceBuilder<RocketMQClusterResource> _cluster;
    private readonly RocketMQSettings _settings;
    private readonly NodeEngine _engine;
    private readonly PublishRequest? _publish;
    private PortBlock? _ports;
    private ClusterPlan _plan;
    private bool _hasOwnGroups;
    private IReadOnlyList<string> _problems = [];

    private ClusterBuilder(IDistributedApplicationBuilder app, IResourceBuilder<RocketMQClusterResource> cluster, RocketMQSettings settings)
    {
        _app = app;
        _cluster = cluster;
        _settings = settings;
        _publish = PublishRequest.From(settings);
        // What runs nodes here needs nothing of this machine when none is run.
        _engine = NodeEngine.Create(app, _publish is null ? settings : settings with { Engine = ClusterEngine.Embedded });
        _plan = Named(settings.Topology ?? ClusterPlan.DefaultTopology);
    }

    private Placement Placement => PlacementAt(_ports?.Offset ?? _settings.PortOffset ?? 0);

    private IEnumerable<int> SamplePorts => SamplePortsAt(_ports?.Offset ?? _settings.PortOffset ?? 0);

    private string BindAddress => Placement.BindAddress ?? "0.0.0.0";

    public static ClusterBuilder Of(IResourceBuilder<RocketMQClusterResource> cluster) => cluster.Resource.Annotations.OfType<ClusterBuilder>().Single();

    public static (NodeEngine Engine, TimeSpan ReadyLimit) RunOf(RocketMQClusterResource cluster)
    {
        var builder = cluster.Annotations.OfType<ClusterBuilder>().Single();
        return (builder._engine, builder._settings.ReadyLimit ?? builder._engine.ReadyLimit);
    }

    /// <exception cref="RocketMQSettingException">A setting is wrong.</exception>
    public static IResourceBuilder<RocketMQClusterResource> Add(IDistributedApplicationBuilder app, string name)
    {
        var settings = RocketMQSettings.Read(SettingsReader.Collect(app.Configuration));
        if (app.ExecutionContext.IsPublishMode) throw new RocketMQSettingException("publish: not available yet; write --publish hosts, compose or kubernetes with --output-path DIR");
        var cluster = app.AddResource(new RocketMQClusterResource(name));
        var builder = new ClusterBuilder(app, cluster, settings);
        cluster.WithAnnotation(builder);
        if (builder._publish is null) builder.OpenDataFolder();
        builder.Plan();
        app.Eventing.Subscribe<BeforeStartEvent>(builder.PrepareAsync);
        ClusterReadiness.Attach(cluster);
        ClusterReporter.Attach(app);
        ClusterDoctor.Attach(app, settings.Doctor);
        ResourceDashboard.Configure(app, builder._publish is null ? settings : settings with { Dashboard = false }, builder._ports?.Offset ?? settings.PortOffset ?? 0);
        if (builder._publish is null) WebConsole.Attach(cluster, settings, () => builder._ports?.Offset ?? settings.PortOffset ?? 0);
        return cluster;
    }

    public void Change(Func<ClusterPlan, ClusterPlan> change)
    {
        _plan = change(_plan);
        if (_settings.NameServers is { } count) _plan = _plan with { NameServers = count };
        Plan();
    }

    public void UseTopology(string name)
    {
        if (ClusterPlan.Named(name, "") is null) throw new RocketMQSettingException($"WithTopology: '{name}' is not allowed; allowed: {string.Join(", ", ClusterPlan.Names)}");
        if (_settings.Topology is null) Change(before => Named(name) with { Settings = before.Settings });
    }

    public void UseGroups(Func<ImmutableArray<BrokerGroup>, ImmutableArray<BrokerGroup>> change)
    {
        if (_settings.Topology is { } named) throw new RocketMQSettingException($"--topology {named}: this AppHost has its own broker groups; leave the setting out");
        var before = _hasOwnGroups ? _plan.Groups : [];
        _hasOwnGroups = true;
        Change(plan => plan with { Groups = change(before) });
    }

    public void UseDataPath(string path)
    {
        if (_settings.DataPath is not null || _publish is not null) return;
        if (_cluster.Resource.IsDataTemporary) TryDelete(_cluster.Resource.DataPath);
        _cluster.Resource.DataPath = DataFolder.Open(path, _app.AppHostAssembly);
        _cluster.Resource.IsDataTemporary = false;
        Plan();
    }

    public void AddSample(Action<int> add)
    {
        if (_settings is { Sample: true, Doctor: false } && _publish is null) add(SamplePorts.First());
    }

    /// <summary>The wish to publish it with what is to be published; null when it is to run.</summary>
    /// <exception cref="RocketMQSettingException">What was asked for doesn't make a cluster that could work.</exception>
    public (PublishRequest Request, PublishedCluster Content)? ToPublish() =>
        _publish is null ? null : (_publish, PublishedCluster.Make(_publish, _plan));

    private static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException)
        {
            // It goes with the AppHost.
        }
    }

    private ClusterPlan Named(string topology)
    {
        var plan = ClusterPlan.Named(topology, _cluster.Resource.Name + "-cluster")!;
        return _settings.NameServers is { } count ? plan with { NameServers = count } : plan;
    }

    /// <summary>None without the sample.</summary>
    private IEnumerable<int> SamplePortsAt(int offset) => _settings.Sample ? Enumerable.Range(FirstSamplePort + offset, 3) : [];

    private Placement PlacementAt(int offset) => _engine.Placement(offset, _cluster.Resource.DataPath);

    private void OpenDataFolder()
    {
        var cluster = _cluster.Resource;
        cluster.IsDataTemporary = _settings.DataPath is null;
#pragma warning disable ASPIREFILESYSTEM001 // The one folder service that removes what a killed AppHost leaves.
        cluster.DataPath = _settings.DataPath is { } path ? DataFolder.Open(path, _app.AppHostAssembly) : _app.FileSystemService.TempDirectory.CreateTempSubdirectory(DataPrefix).Path;
#pragma warning restore ASPIREFILESYSTEM001
    }

    private void Plan()
    {
        // Nothing of it starts here: its nodes are placed when they are written down.
        if (_publish is not null) return;
        if (_settings.PortOffset is null && _ports is null && TopologyPlanner.Place(_plan, PlacementAt(0), out _) is not null)
        {
            _ports = PortBlock.Reserve(offset => TopologyPlanner.Place(_plan, PlacementAt(offset), out _) is { } there && PortCheck.AllFree(there, BindAddress) && PortCheck.FirstTaken(SamplePortsAt(offset)) is null && WebConsole.IsFree(_settings, offset));
            _app.Services.AddSingleton(_ => _ports);
        }
        var topology = TopologyPlanner.Place(_plan, Placement, out _problems);
        _cluster.Resource.Topology = topology;
        foreach (var old in _cluster.Resource.Nodes) _app.Resources.Remove(old);
        _cluster.Resource.Replace([]);
        if (topology is not null) _cluster.Resource.Replace(_engine.AddNodes(_cluster, topology));
    }

    /// <summary>The last moment before anything starts: what is wrong is said, what is needed is written.</summary>
    private async Task PrepareAsync(BeforeStartEvent e, CancellationToken cancellationToken)
    {
        if (_publish is not null) throw new RocketMQSettingException($"{_publish.Shown}: this AppHost isn't run by RocketMQAppHost.RunAsync, which writes it");
        if (_problems.Count > 0) throw new RocketMQSettingException(_problems[0] + (_problems.Count > 1 ? $" (and {_problems.Count - 1} more)" : ""));
        var topology = _cluster.Resource.Topology!;
        // Resolved, so that the lock on the ports goes with the application.
        _ = e.Services.GetService<PortBlock>();
        await _engine.PrepareAsync(topology, _cluster.Resource.DataPath, cancellationToken).ConfigureAwait(false);
        if (PortCheck.FirstTaken(topology, BindAddress) is { } taken) throw new RocketMQSettingException(taken, RocketMQSettingException.Machine);
        if (PortCheck.FirstTaken(SamplePorts) is { } held) throw new RocketMQSettingException(held, RocketMQSettingException.Machine);
        DataFolder.Write(topology, _cluster.Resource.DataPath);
    }
}
