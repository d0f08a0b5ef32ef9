using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace RocketAspire.Hosting.Reporting;

/// <summary>Whether the clusters of this AppHost came up; the process's exit code follows from it.</summary>
internal sealed class ClusterOutcome
{
    /// <summary>A node failed before its cluster was ready.</summary>
    public bool HasFailed { get; set; }
}

/// <summary>Shows the user what becomes of the nodes, from what the orchestrator publishes; the same on every orchestrator.</summary>
internal sealed class ClusterReporter
{
    public const string ReadyState = "Ready";

    private const int LastLines = 10;

    private static readonly TimeSpan QuietLog = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan HintInterval = TimeSpan.FromSeconds(10);

    private readonly IServiceProvider _services;
    private readonly ClusterOutcome _outcome;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ClusterView _view = ClusterView.Create();
    private readonly List<IRocketMQNode> _order;
    private readonly Dictionary<IRocketMQNode, NodeRow> _rows = [];
    private readonly Dictionary<RocketMQClusterResource, bool> _clusters = [];
    private readonly Dictionary<IResource, string> _projects = [];
    private readonly Stopwatch _sinceHint = Stopwatch.StartNew();
    private readonly DateTime _began;

    private ClusterReporter(IServiceProvider services, DistributedApplicationModel model, bool isOwnProcess)
    {
        _began = isOwnProcess ? ProcessStart() : DateTime.Now;
        _services = services;
        _outcome = services.GetRequiredService<ClusterOutcome>();
        _lifetime = services.GetRequiredService<IHostApplicationLifetime>();
        _order = [.. model.Resources.OfType<IRocketMQNode>()];
    }

    /// <summary>Once an AppHost, however many clusters it has.</summary>
    public static void Attach(IDistributedApplicationBuilder app)
    {
        if (app.Services.Any(s => s.ServiceType == typeof(ClusterOutcome))) return;
        app.Services.AddSingleton<ClusterOutcome>();
        app.Eventing.Subscribe<BeforeStartEvent>((e, cancellationToken) =>
        {
            // A test's process is older than the AppHost in it.
            var reporter = new ClusterReporter(e.Services, e.Model, app.AppHostAssembly == Assembly.GetEntryAssembly());
            _ = Task.Run(reporter.RunAsync, cancellationToken);
            return Task.CompletedTask;
        });
    }

    private static DateTime ProcessStart()
    {
        using var process = Process.GetCurrentProcess();
        return process.StartTime;
    }

    private async Task RunAsync()
    {
        var stopping = _lifetime.ApplicationStopping;
        try
        {
            await foreach (var e in _services.GetRequiredService<ResourceNotificationService>().WatchAsync(stopping).ConfigureAwait(false))
            {
                switch (e.Resource)
                {
                    case IRocketMQNode node:
                        await ShowNodeAsync(node, e).ConfigureAwait(false);
                        break;
                    case RocketMQClusterResource cluster:
                        await ShowClusterAsync(cluster, e.Snapshot).ConfigureAwait(false);
                        break;
                    case ProjectResource project:
                        ShowService(project, e.Snapshot);
                        break;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The application stops.
        }
        await _view.CloseAsync().ConfigureAwait(false);
        if (!_outcome.HasFailed) _view.Line("Stopping.");
    }

    private async Task ShowNodeAsync(IRocketMQNode node, ResourceEvent e)
    {
        if (e.Snapshot.State?.Text is not { Length: > 0 } text) return;
        var hasEnded = KnownResourceStates.TerminalStates.Contains(text);
        var state = hasEnded && e.Snapshot.ExitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"{text} (code {code})")
            : text == KnownResourceStates.Running && e.Snapshot.HealthStatus == HealthStatus.Healthy ? ReadyState
            // Unhealthy is only worth a word once it was healthy: until then it is starting.
            : text == KnownResourceStates.Running && _rows.GetValueOrDefault(node)?.State is ReadyState or "Unhealthy" ? "Unhealthy"
            : text;
        var row = new NodeRow(node.Name, node.Role, node.Address, state, hasEnded || state == "Unhealthy");
        var before = _rows.GetValueOrDefault(node);
        if (before == row) return;
        _rows[node] = row;
        if (!(hasEnded && _lifetime.ApplicationStopping.IsCancellationRequested)) _view.Show([.. _order.Where(_rows.ContainsKey).Select(n => _rows[n])], row);
        // Told to stop, by a command or with the application: no failure.
        if (hasEnded && before?.State != KnownResourceStates.Stopping) await ShowEndAsync(node, e, state).ConfigureAwait(false);
    }

    private async Task ShowEndAsync(IRocketMQNode node, ResourceEvent e, string state)
    {
        if (_lifetime.ApplicationStopping.IsCancellationRequested) return;
        var wasReady = _clusters.GetValueOrDefault(node.Cluster);
        var lines = await ReadLogAsync(e.ResourceId).ConfigureAwait(false);
        if (!wasReady) await _view.CloseAsync().ConfigureAwait(false);
        var cause = lines.FindLast(l => l.IsErrorMessage).Content;
        _view.Line($"{node.Name} failed: {state}{(wasReady ? "" : " before the cluster was ready")}{(cause is null ? "" : ": " + cause)}");
        foreach (var line in lines.TakeLast(LastLines)) _view.Line($"  {node.Name} | {line.Content}");
        if (wasReady) return;
        _outcome.HasFailed = true;
        _lifetime.StopApplication();
    }

    private async Task ShowClusterAsync(RocketMQClusterResource cluster, CustomResourceSnapshot snapshot)
    {
        var isReady = snapshot.HealthStatus == HealthStatus.Healthy;
        if (isReady && _clusters.TryAdd(cluster, true))
        {
            var elapsed = DateTime.Now - _began;
            CatchUp(cluster);
            if (_clusters.Count == _order.Select(n => n.Cluster).Distinct().Count()) await _view.CloseAsync().ConfigureAwait(false);
            var kept = cluster.IsDataTemporary ? "removed at the end" : "kept";
            _view.Line(string.Create(CultureInfo.InvariantCulture,
                $"{cluster.Name} is ready in {elapsed.TotalSeconds:0.00} s; name servers: {cluster.Topology?.NameServerList}; store: {cluster.DataPath} ({kept})"));
        }
        else if (!isReady && _sinceHint.Elapsed > HintInterval && snapshot.HealthReports.FirstOrDefault(r => r.Description is { Length: > 0 })?.Description is { } missing)
        {
            _sinceHint.Restart();
            if (!_clusters.ContainsKey(cluster)) await _view.CloseAsync().ConfigureAwait(false);
            _view.Line($"{cluster.Name} is not ready: {missing}");
        }
    }

    /// <summary>A line when a service that uses the cluster is ready, and when it ended unasked.</summary>
    private void ShowService(ProjectResource project, CustomResourceSnapshot snapshot)
    {
        if (snapshot.State?.Text is not { Length: > 0 } text) return;
        var hasEnded = KnownResourceStates.TerminalStates.Contains(text);
        var before = _projects.GetValueOrDefault(project);
        // Ready once a start: while brokers are broken on purpose, a service is unhealthy and well again all the time.
        var state = text == KnownResourceStates.Running && (before == ReadyState || snapshot.HealthStatus == HealthStatus.Healthy) ? ReadyState : text;
        if (state == before) return;
        _projects[project] = state;
        if (state == ReadyState) _view.Line($"{project.Name} is ready: {string.Join(' ', snapshot.Urls.Where(static u => !u.IsInternal).Select(static u => u.Url))}");
        else if (hasEnded && before != KnownResourceStates.Stopping && !_lifetime.ApplicationStopping.IsCancellationRequested)
            _view.Line(string.Create(CultureInfo.InvariantCulture, $"{project.Name} ended: {text}{(snapshot.ExitCode is { } code ? $" (code {code})" : "")}"));
    }

    /// <summary>The nodes' own checks say it a moment later than the cluster's; the table should not stop before its last row.</summary>
    private void CatchUp(RocketMQClusterResource cluster)
    {
        foreach (var node in cluster.Nodes)
        {
            if (_rows.GetValueOrDefault(node) is not { } row || row.State == ReadyState || row.IsBad) continue;
            _rows[node] = row with { State = ReadyState };
            _view.Show([.. _order.Where(_rows.ContainsKey).Select(n => _rows[n])], _rows[node]);
        }
    }

    /// <summary>What the node wrote, as far as it is kept.</summary>
    private async Task<List<LogLine>> ReadLogAsync(string resourceId)
    {
        var lines = new List<LogLine>();
        using var quiet = new CancellationTokenSource(QuietLog);
        try
        {
            await foreach (var batch in _services.GetRequiredService<ResourceLoggerService>().WatchAsync(resourceId).WithCancellation(quiet.Token).ConfigureAwait(false))
            {
                lines.AddRange(batch);
                quiet.CancelAfter(QuietLog);
            }
        }
        catch (OperationCanceledException)
        {
            // Nothing more comes.
        }
        return lines;
    }
}
