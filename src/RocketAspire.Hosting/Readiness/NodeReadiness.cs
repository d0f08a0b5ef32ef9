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

    private const string NotAsked = "was not asked yet";

    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _forgotten = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _problem = NotAsked;

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

    /// <summary>What was known of it counts no more, since its process or one that it depends on is started anew; it is asked again at once.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            SetUnderLock(NotAsked);
            var forgotten = _forgotten;
            _forgotten = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            forgotten.SetResult();
        }
    }

    public async Task RunAsync(NodeProbe probe, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var forgotten = Forgotten();
                var problem = await probe.CheckAsync(cancellationToken).ConfigureAwait(false);
                // The answer of a process that has ended meanwhile says nothing of the next.
                if (!TrySet(problem, forgotten))
                {
                    probe.Forget();
                    continue;
                }

                if (problem is null) since = time.GetTimestamp();
                var pause = problem is null ? Steady
                    : time.GetElapsedTime(since) > Patience + Steady ? Slow
                    : probe.IsReachable ? Hurry : Unreachable;
                await PauseAsync(pause, forgotten, cancellationToken).ConfigureAwait(false);
                if (forgotten.IsCompleted) probe.Forget();
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private Task Forgotten()
    {
        lock (_gate) return _forgotten.Task;
    }

    private async Task PauseAsync(TimeSpan pause, Task forgotten, CancellationToken cancellationToken)
    {
        try
        {
            await forgotten.WaitAsync(pause, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Time to ask again.
        }
    }

    private bool TrySet(string? problem, Task forgotten)
    {
        lock (_gate)
        {
            if (forgotten.IsCompleted) return false;
            SetUnderLock(problem);
            return true;
        }
    }

    private void SetUnderLock(string? problem)
    {
        if (problem is not null && _problem is null) _ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _problem = problem;
        if (problem is null) _ready.TrySetResult();
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
