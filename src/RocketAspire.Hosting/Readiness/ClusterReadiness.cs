using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using RocketAspire.Client;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Readiness;

/// <summary>
/// Readiness of a cluster by its protocol, not by open ports or log text: each name server sees each broker with its role, a route
/// exists, and each master has stored a probe message and given it back.
/// </summary>
internal sealed class ClusterReadiness
{
    private readonly RocketMQClusterResource _cluster;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly Dictionary<string, NodeReadiness> _nodes = new(StringComparer.Ordinal);

    private ClusterReadiness(RocketMQClusterResource cluster) => _cluster = cluster;

    public static string KeyOf(IResource resource) => resource.Name + "_ready";

    public static void Attach(IResourceBuilder<RocketMQClusterResource> cluster)
    {
        var readiness = new ClusterReadiness(cluster.Resource);
        var app = cluster.ApplicationBuilder;
        app.Services.AddHealthChecks();
        // Read when the application is built: the nodes are known by then.
        app.Services.Configure<HealthCheckServiceOptions>(readiness.Register);
        cluster.WithHealthCheck(KeyOf(cluster.Resource));
        app.Eventing.Subscribe<BeforeStartEvent>(readiness.StartAsync);
        app.Eventing.Subscribe<BeforeResourceStartedEvent>(readiness.ForgetAsync);
        // The cluster has no process: its life is that of its nodes.
        app.Eventing.Subscribe<InitializeResourceEvent>(cluster.Resource, InitializeAsync);
    }

    private static async Task InitializeAsync(InitializeResourceEvent e, CancellationToken cancellationToken)
    {
        await e.Eventing.PublishAsync(new BeforeResourceStartedEvent(e.Resource, e.Services), cancellationToken).ConfigureAwait(false);
        await e.Eventing.PublishAsync(new ConnectionStringAvailableEvent(e.Resource, e.Services), cancellationToken).ConfigureAwait(false);
        await e.Notifications.PublishUpdateAsync(e.Resource, s => s with { State = KnownResourceStates.Running, StartTimeStamp = DateTime.UtcNow }).ConfigureAwait(false);
    }

    private void Register(HealthCheckServiceOptions options)
    {
        foreach (var node in _cluster.Nodes)
            options.Registrations.Add(new HealthCheckRegistration(KeyOf(node), _ => new ReadinessCheck([Of(node)], _time), null, null));
        options.Registrations.Add(new HealthCheckRegistration(KeyOf(_cluster), _ => new ReadinessCheck([.. _cluster.Nodes.Select(Of)], _time), null, null));
    }

    private NodeReadiness Of(IRocketMQNode node)
    {
        lock (_nodes)
        {
            if (!_nodes.TryGetValue(node.Name, out var readiness)) _nodes[node.Name] = readiness = new NodeReadiness(node.Name, _time);
            return readiness;
        }
    }

    /// <summary>A node starts: it is not ready because its last process was, nor do name servers know it because they knew that one.</summary>
    private Task ForgetAsync(BeforeResourceStartedEvent e, CancellationToken cancellationToken)
    {
        if (e.Resource is not IRocketMQNode node || node.Cluster != _cluster) return Task.CompletedTask;
        foreach (var asked in _cluster.Nodes.Where(n => n == node || n.IsNameServer)) Of(asked).Forget();
        return Task.CompletedTask;
    }

    private Task StartAsync(BeforeStartEvent e, CancellationToken cancellationToken)
    {
        var stopping = e.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        _ = Task.Run(() => RunAsync(_cluster.Topology!, stopping), stopping);
        return Task.CompletedTask;
    }

    private async Task RunAsync(ClusterTopology topology, CancellationToken stopping)
    {
        var account = ProbeAccount.Of(topology, _cluster.DataPath);
        var connection = ProbeConnection.To(topology, account?.Credentials, _time);
        await using (connection.ConfigureAwait(false))
        {
            var admin = new RocketMQAdmin(connection);
            var sender = new MessageSender(connection);
            var puller = new MessagePuller(connection);
            NodeProbe[] probes =
            [
                .. topology.NameServers.Select(n => new NameServerProbe(admin, topology, n)),
                .. topology.Brokers.Select(ProbeOf),
            ];
            foreach (var probe in probes) probe.Account = account;
            await Task.WhenAll(_cluster.Nodes.Zip(probes, (node, probe) => Of(node).RunAsync(probe, stopping))).ConfigureAwait(false);

            NodeProbe ProbeOf(BrokerNode broker)
            {
                var message = new MessageProbe(admin, sender, puller, broker.BrokerName);
                return broker.IsDLedger ? new DLedgerProbe(admin, message, [.. topology.Brokers.Where(b => b.BrokerName == broker.BrokerName)], broker)
                    : broker.IsMaster ? new MasterProbe(message, broker)
                    : new SlaveProbe(admin, broker);
            }
        }
    }
}
