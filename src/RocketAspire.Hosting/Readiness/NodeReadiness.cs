using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace RocketAspire.Hosting.Readiness;

/// <summary>Whether one node is ready, kept up to date by asking it again and again.</summary>
internal sealed class NodeReadiness(string name, TimeProvider time)
{
    /// <summary>While a start is waited for, every moment counts.</summary>
    private static readonly TimeSpan Hurry = TimeSpan.FromMilliseconds(20);

    /// <summary>A process that isn't there yet needs the processor more than we need to know it.</summary>
    private static readonly TimeSpan Unreachable = TimeSpan.FromMilliseconds(50);

    /// <summary>A node that has not come after this long is not asked that often any more.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _problem = "was not asked yet";

    public string Name => name;

    /// <summary>What is missing; null when it is ready.</summary>
    public string? Problem
    {
        get
        {
            lock (_gate) return _problem;
        }
    }

    /// <summary>Completes when the node is ready.</summary>
    public Task Ready
    {
        get
        {
            lock (_gate) return _ready.Task;
        }
    }

    public async Task RunAsync(NodeProbe probe, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var problem = await probe.CheckAsync(cancellationToken).ConfigureAwait(false);
                Set(problem);
                if (problem is null) since = time.GetTimestamp();
                var pause = problem is null ? Steady
                    : time.GetElapsedTime(since) > Patience + Steady ? Slow
                    : probe.IsReachable ? Hurry : Unreachable;
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Set(string? problem)
    {
        lock (_gate)
        {
            if (problem is not null && _problem is null) _ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _problem = problem;
            if (problem is null) _ready.TrySetResult();
        }
    }
}

/// <summary>
/// Tells of one node or of all. While they aren't ready it waits for them a while before it says so: who asks rarely still
/// learns at once that they are.
/// </summary>
internal sealed class ReadinessCheck(IReadOnlyList<NodeReadiness> nodes, TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await Task.WhenAll(nodes.Select(n => n.Ready)).WaitAsync(LongestWait, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // What is missing by now is the answer.
        }
        var missing = nodes.Where(n => n.Problem is not null).Select(n => $"{n.Name}: {n.Problem}").ToList();
        return missing.Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(string.Join("; ", missing));
    }
}
