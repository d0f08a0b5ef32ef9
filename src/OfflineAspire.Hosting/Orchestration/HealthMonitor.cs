using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OfflineAspire;

/// <summary>
/// Checks the health of every running resource: a resource that has just started is asked every few milliseconds, since the time to
/// ready counts; a healthy one every few seconds.
/// </summary>
internal sealed class HealthMonitor(IServiceProvider services, IDistributedApplicationEventing eventing, ResourceNotificationService notifications, ILogger logger)
{
    private const double Growth = 1.5;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HealthyDelay = TimeSpan.FromSeconds(5);

    private readonly HealthCheckService _checks = services.GetRequiredService<HealthCheckService>();
    private readonly TimeProvider _time = services.GetService<TimeProvider>() ?? TimeProvider.System;

    public static ImmutableArray<HealthReportSnapshot> InitialReports(IResource resource) =>
        resource.TryGetAnnotationsIncludingAncestorsOfType(out IEnumerable<HealthCheckAnnotation>? checks)
            ? [.. checks.Select(c => c.Key).Distinct().Select(key => new HealthReportSnapshot(key, null, null, null))] : [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var running = new Dictionary<string, CancellationTokenSource>();
        try
        {
            await foreach (ResourceEvent e in notifications.WatchAsync(cancellationToken).ConfigureAwait(false))
            {
                string? state = e.Snapshot.State?.Text;
                if (state == KnownResourceStates.Running && !running.ContainsKey(e.ResourceId))
                {
                    var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                    running[e.ResourceId] = stop;
                    _ = Task.Run(() => MonitorAsync(e.Resource, stop.Token), stop.Token);
                }
                else if ((state == KnownResourceStates.Starting || KnownResourceStates.TerminalStates.Contains(state))
                    && running.Remove(e.ResourceId, out CancellationTokenSource? stop))
                {
                    await stop.CancelAsync().ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The application stops.
        }
    }

    private async Task MonitorAsync(IResource resource, CancellationToken cancellationToken)
    {
        HashSet<string> keys = [.. InitialReports(resource).Select(r => r.Name)];
        if (keys.Count == 0)
        {
            await FireReadyAsync(resource, cancellationToken).ConfigureAwait(false);
            return;
        }
        bool isReady = false;
        TimeSpan delay = FirstDelay;
        try
        {
            while (true)
            {
                HealthReport report = await CheckAsync(keys, cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                DateTime now = _time.GetUtcNow().UtcDateTime;
                await notifications.PublishUpdateAsync(resource, s => s with { HealthReports = Merge(s.HealthReports, report, now) }).ConfigureAwait(false);
                bool isHealthy = report.Status == HealthStatus.Healthy;
                if (isHealthy && !isReady)
                {
                    isReady = true;
                    _ = FireReadyAsync(resource, cancellationToken);
                }
                await Task.Delay(isHealthy ? HealthyDelay : delay, _time, cancellationToken).ConfigureAwait(false);
                delay = isHealthy ? FirstDelay : TimeSpan.FromTicks(Math.Min((long)(delay.Ticks * Growth), LongestDelay.Ticks));
            }
        }
        catch (OperationCanceledException)
        {
            // The resource or the application stops.
        }
    }

    private async Task<HealthReport> CheckAsync(HashSet<string> keys, CancellationToken cancellationToken)
    {
        try
        {
            HealthReport report = await _checks.CheckHealthAsync(r => keys.Contains(r.Name), cancellationToken).ConfigureAwait(false);
            string[] unknown = [.. keys.Where(k => !report.Entries.ContainsKey(k))];
            return unknown.Length == 0 ? report : All(unknown, "There is no health check with this key.", null);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return All(keys, "The health check can't be created.", e);
        }

        static HealthReport All(IEnumerable<string> keys, string description, Exception? e) => new(keys.ToDictionary(k => k,
            _ => new HealthReportEntry(HealthStatus.Unhealthy, description, TimeSpan.Zero, e, null)), TimeSpan.Zero);
    }

    private async Task FireReadyAsync(IResource resource, CancellationToken cancellationToken)
    {
        Log.Ready(logger, resource.Name);
        Task handlers = eventing.PublishAsync(new ResourceReadyEvent(resource, services), cancellationToken);
        await handlers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (handlers.IsFaulted)
        {
            Log.HandlerFailed(logger, nameof(ResourceReadyEvent), resource.Name, handlers.Exception.InnerException!);
        }
        if (!cancellationToken.IsCancellationRequested)
        {
            await notifications.PublishUpdateAsync(resource, s => s with { ReadyEvent = handlers }).ConfigureAwait(false);
        }
    }

    private static ImmutableArray<HealthReportSnapshot> Merge(ImmutableArray<HealthReportSnapshot> before, HealthReport report, DateTime now) =>
        [.. before.Where(r => !report.Entries.ContainsKey(r.Name)), .. report.Entries.Select(e =>
            new HealthReportSnapshot(e.Key, e.Value.Status, e.Value.Description, e.Value.Exception?.ToString()) { LastRunAt = now })];
}

internal sealed class HttpHealthCheck(EndpointReference endpoint, string? path, int statusCode) : IHealthCheck
{
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(5) };

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!endpoint.IsAllocated)
        {
            return HealthCheckResult.Unhealthy($"The endpoint '{endpoint.EndpointName}' is not allocated.");
        }
        var url = new Uri(new Uri(endpoint.Url), path ?? "/");
        try
        {
            using HttpResponseMessage response = await Client.GetAsync(url, cancellationToken).ConfigureAwait(false);
            return (int)response.StatusCode == statusCode ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"{url} answers {(int)response.StatusCode} instead of {statusCode}.");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"{url} does not answer: {e.Message}");
        }
    }
}
