using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using RocketAspire.Hosting.Engines;
using RocketAspire.Hosting.Readiness;
using RocketAspire.Hosting.Reporting;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Doctor;

/// <summary>
/// Examines the clusters of an AppHost: with <c>--doctor</c> each of them once it is ready or has had its time, and then the
/// application ends; otherwise one that isn't ready in time, once.
/// </summary>
internal sealed class ClusterDoctor
{
    private const string Readiness = "ready";

    private readonly IServiceProvider _services;
    private readonly bool _isAsked;
    private readonly TimeProvider _time = TimeProvider.System;

    private ClusterDoctor(IServiceProvider services, bool isAsked)
    {
        _services = services;
        _isAsked = isAsked;
    }

    /// <summary>Once an AppHost, however many clusters it has.</summary>
    /// <param name="app">The AppHost.</param>
    /// <param name="isAsked">Whether the user wants the examination and nothing else.</param>
    public static void Attach(IDistributedApplicationBuilder app, bool isAsked)
    {
        if (app.Services.Any(s => s.ServiceType == typeof(Attached))) return;
        app.Services.AddSingleton<Attached>();
        app.Eventing.Subscribe<BeforeStartEvent>((e, cancellationToken) =>
        {
            var doctor = new ClusterDoctor(e.Services, isAsked);
            var stopping = e.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
            _ = Task.Run(() => doctor.RunAsync([.. e.Model.Resources.OfType<RocketMQClusterResource>()], stopping), cancellationToken);
            return Task.CompletedTask;
        });
    }

    private async Task RunAsync(IReadOnlyList<RocketMQClusterResource> clusters, CancellationToken stopping)
    {
        try
        {
            var failed = await Task.WhenAll(clusters.Select(c => WatchAsync(c, stopping))).ConfigureAwait(false);
            if (!_isAsked) return;
            if (failed.Any(static f => f)) _services.GetRequiredService<ClusterOutcome>().HasFailed = true;
            _services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        }
        catch (OperationCanceledException)
        {
            // The application stops; whoever stopped it has said why.
        }
    }

    private async Task<bool> WatchAsync(RocketMQClusterResource cluster, CancellationToken stopping)
    {
        var (engine, limit) = ClusterBuilder.RunOf(cluster);
        var ready = await ReadyAsync(cluster, limit, stopping).ConfigureAwait(false);
        if (!_isAsked && ready.Severity == DoctorSeverity.Ok) return false;
        var findings = await ExamineAsync(cluster, engine, ready, stopping).ConfigureAwait(false);
        // In one piece: other lines may come meanwhile.
        Console.Out.WriteLine(string.Join(Environment.NewLine, DoctorReport.Lines(findings, showsOk: _isAsked).Select(l => l.TrimEnd())));
        return DoctorReport.HasFailed(findings);
    }

    private async Task<DoctorFinding> ReadyAsync(RocketMQClusterResource cluster, TimeSpan limit, CancellationToken stopping)
    {
        var notifications = _services.GetRequiredService<ResourceNotificationService>();
        try
        {
            await notifications.WaitForResourceAsync(cluster.Name, static e => e.Snapshot.HealthStatus == HealthStatus.Healthy, stopping).WaitAsync(limit, _time, stopping).ConfigureAwait(false);
            return DoctorFinding.Ok(Readiness, $"{cluster.Name}: a message went through each master");
        }
        catch (TimeoutException)
        {
            var missing = notifications.TryGetCurrentState(cluster.Name, out var e) ? e.Snapshot.HealthReports.FirstOrDefault(static r => r.Description is { Length: > 0 })?.Description : null;
            return DoctorFinding.Fail(Readiness, string.Create(CultureInfo.InvariantCulture, $"{cluster.Name} is not ready after {limit.TotalSeconds:0} s: {missing ?? "its nodes have not answered yet"}"), "look at what fails below, or at what those nodes log");
        }
    }

    private async Task<IReadOnlyList<DoctorFinding>> ExamineAsync(RocketMQClusterResource cluster, NodeEngine engine, DoctorFinding ready, CancellationToken stopping)
    {
        var topology = cluster.Topology!;
        var connection = ProbeConnection.To(topology, ProbeAccount.Of(topology, cluster.DataPath)?.Credentials, _time);
        await using (connection.ConfigureAwait(false))
        {
            var facts = await new FactsCollector(connection, _time).CollectAsync(topology, engine.StoresAreHere, stopping).ConfigureAwait(false);
            facts = facts with { Machine = MachineOf(topology, engine) };
            return [ready, .. DoctorChecks.Examine(facts), .. await engine.ExamineAsync(topology, stopping).ConfigureAwait(false)];
        }
    }

    private static MachineFacts MachineOf(ClusterTopology topology, NodeEngine engine)
    {
        var memory = new MachineMemory();
        return new MachineFacts(memory.Total(), memory.Limit(), engine.HeapBytes, topology.NameServers.Length + topology.Brokers.Length);
    }

    /// <summary>Tells that it was done.</summary>
    private sealed class Attached;
}
