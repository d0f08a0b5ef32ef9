using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.ApplicationModel;

public sealed class ResourceNotificationServiceOptions
{
    /// <summary>What a wait without its own behaviour does when the resource can't become available any more.</summary>
    public WaitBehavior DefaultWaitBehavior { get; set; } = WaitBehavior.StopOnResourceUnavailable;
}

/// <summary>The current snapshot of each resource, and everybody who watches them change.</summary>
public class ResourceNotificationService : IDisposable
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceEvent>> _watchers = [];
    private readonly Lock _watchersGate = new();
    private readonly CancellationTokenSource _disposed = new();
    private readonly IServiceProvider _services;
    private readonly ResourceLoggerService _loggers;

    public ResourceNotificationService(ILogger<ResourceNotificationService> logger, IHostApplicationLifetime hostApplicationLifetime,
        IServiceProvider serviceProvider, ResourceLoggerService resourceLoggerService)
    {
        _services = serviceProvider;
        _loggers = resourceLoggerService;
    }

    private WaitBehavior DefaultWaitBehavior =>
        _services.GetService<IOptions<ResourceNotificationServiceOptions>>()?.Value.DefaultWaitBehavior ?? WaitBehavior.StopOnResourceUnavailable;

    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [string.IsNullOrEmpty(targetState) ? KnownResourceStates.Running : targetState], cancellationToken);

    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        string[] states = [.. targetStates];
        ResourceEvent reached = await WaitForResourceAsync(resourceName,
            e => e.Snapshot.State?.Text is { } text && states.Contains(text, StringComparer.OrdinalIgnoreCase), cancellationToken).ConfigureAwait(false);
        return reached.Snapshot.State!.Text;
    }

    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, DefaultWaitBehavior, cancellationToken);

    public async Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        if (waitBehavior == WaitBehavior.StopOnResourceUnavailable
            && _services.GetService<DistributedApplicationModel>()?.Resources.TryGetByName(resourceName, out _) is false)
        {
            throw new DistributedApplicationException(
                $"Stopped waiting for resource '{resourceName}' to become healthy because it does not exist in the application model.");
        }
        ResourceEvent reached = await WaitForResourceAsync(resourceName, e => e.Snapshot.HealthStatus == HealthStatus.Healthy
            || (waitBehavior == WaitBehavior.StopOnResourceUnavailable && IsUnavailable(e.Snapshot)), cancellationToken).ConfigureAwait(false);
        if (reached.Snapshot.HealthStatus != HealthStatus.Healthy)
        {
            throw new DistributedApplicationException(
                $"Stopped waiting for resource '{resourceName}' to become healthy because it {Describe(reached.Snapshot)}.");
        }
        return await ReadyAsync(reached, waitBehavior, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="DistributedApplicationException">A dependency can't become available any more.</exception>
    public async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        WaitAnnotation[] waits = [.. resource.Annotations.OfType<WaitAnnotation>().Where(w => w.Resource is not IResourceWithoutLifetime)];
        if (waits.Length == 0)
        {
            return;
        }
        await PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.Waiting }).ConfigureAwait(false);
        using var firstFailure = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> pending = [.. waits.Select(w => WaitForDependencyAsync(resource, w, firstFailure.Token))];
        try
        {
            while (pending.Count > 0)
            {
                Task done = await Task.WhenAny(pending).ConfigureAwait(false);
                pending.Remove(done);
                await done.ConfigureAwait(false);
            }
        }
        finally
        {
            await firstFailure.CancelAsync().ConfigureAwait(false);
        }
    }

    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        try
        {
            await foreach (ResourceEvent e in WatchAsync(either.Token).ConfigureAwait(false))
            {
                if (string.Equals(e.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase) && predicate(e))
                {
                    return e;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("The application is disposed.", either.Token);
        }
        throw new OperationCanceledException($"Resource '{resourceName}' did not reach the awaited state before the operation was cancelled.", cancellationToken);
    }

    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        resourceEvent = _entries.TryGetValue(resourceId, out Entry? entry) ? entry.Last
            : _entries.Values.FirstOrDefault(e => string.Equals(e.Last?.Resource.Name, resourceId, StringComparison.OrdinalIgnoreCase))?.Last;
        return resourceEvent is not null;
    }

    /// <summary>Replays the last event of each resource, then follows.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<ResourceEvent>(new() { SingleReader = true });
        lock (_watchersGate)
        {
            foreach (Entry entry in _entries.Values)
            {
                if (entry.Last is { } last)
                {
                    channel.Writer.TryWrite(last);
                }
            }
            _watchers.Add(channel);
        }
        try
        {
            await foreach (ResourceEvent e in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return e;
            }
        }
        finally
        {
            lock (_watchersGate)
            {
                _watchers.Remove(channel);
            }
        }
    }

    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        Entry entry = _entries.GetOrAdd(resourceId, static _ => new());
        lock (entry)
        {
            CustomResourceSnapshot before = entry.Last?.Snapshot ?? Initial(resource);
            CustomResourceSnapshot after = stateFactory(before);
            after = after with { Commands = CommandStates(resource, after) };
            if (KnownResourceStates.TerminalStates.Contains(after.State?.Text) || after.State?.Text == KnownResourceStates.Starting)
            {
                after = after with { ReadyEvent = null };
            }
            var e = new ResourceEvent(resource, resourceId, after);
            lock (_watchersGate)
            {
                entry.Last = e;
                foreach (Channel<ResourceEvent> watcher in _watchers)
                {
                    watcher.Writer.TryWrite(e);
                }
            }
        }
        return Task.CompletedTask;
    }

    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory) =>
        PublishUpdateAsync(resource, resource.ResourceId(), stateFactory);

    public void Dispose()
    {
        _disposed.Cancel();
        lock (_watchersGate)
        {
            _watchers.ForEach(w => w.Writer.TryComplete());
        }
        GC.SuppressFinalize(this);
    }

    internal static bool IsUnavailable(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text is { } text && (KnownResourceStates.TerminalStates.Contains(text) || text == KnownResourceStates.RuntimeUnhealthy);

    private static CustomResourceSnapshot Initial(IResource resource) =>
        resource.Annotations.OfType<ResourceSnapshotAnnotation>().LastOrDefault()?.InitialSnapshot
        ?? new CustomResourceSnapshot { ResourceType = ResourceTypes.Name(resource), Properties = [], CreationTimeStamp = DateTime.UtcNow };

    private static string Describe(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text == KnownResourceStates.FailedToStart ? "failed to start"
        : $"entered the '{snapshot.State?.Text}' state prematurely" + (snapshot.ExitCode is { } code ? $" with exit code {code}" : "");

    private async Task<ResourceEvent> ReadyAsync(ResourceEvent reached, WaitBehavior behavior, CancellationToken cancellationToken)
    {
        ResourceEvent ready = await WaitForResourceAsync(reached.Resource.Name, e => e.ResourceId == reached.ResourceId
            && (e.Snapshot.ReadyEvent is not null || (behavior == WaitBehavior.StopOnResourceUnavailable && IsUnavailable(e.Snapshot))),
            cancellationToken).ConfigureAwait(false);
        if (ready.Snapshot.ReadyEvent is not { } handlers)
        {
            throw new DistributedApplicationException($"Stopped waiting for resource '{reached.Resource.Name}' because it {Describe(ready.Snapshot)}.");
        }
        await handlers.WaitAsync(cancellationToken).ConfigureAwait(false);
        return ready;
    }

    private async Task WaitForDependencyAsync(IResource resource, WaitAnnotation wait, CancellationToken cancellationToken)
    {
        IResource dependency = wait.Resource;
        WaitBehavior behavior = wait.WaitType == WaitType.WaitForCompletion ? WaitBehavior.WaitOnResourceUnavailable
            : wait.WaitBehavior ?? DefaultWaitBehavior;
        ResourceEvent e = await WaitForResourceAsync(dependency.Name, x => Reached(x.Snapshot), cancellationToken).ConfigureAwait(false);
        bool failed = wait.WaitType == WaitType.WaitForCompletion
            ? e.Snapshot.State?.Text == KnownResourceStates.FailedToStart || (e.Snapshot.ExitCode is { } code && code != wait.ExitCode)
            : IsUnavailable(e.Snapshot);
        if (failed)
        {
            string expected = wait.WaitType == WaitType.WaitForCompletion && e.Snapshot.ExitCode is not null ? $", expected {wait.ExitCode}" : "";
            string reason = $"Resource '{resource.Name}' stopped waiting for dependency resource '{dependency.Name}' because it {Describe(e.Snapshot)}{expected}.";
            OfflineAspire.Log.WaitFailed(_loggers.GetLogger(resource), reason);
            throw new DistributedApplicationException(reason);
        }
        if (wait.WaitType == WaitType.WaitUntilHealthy)
        {
            await ReadyAsync(e, behavior, cancellationToken).ConfigureAwait(false);
        }

        bool Reached(CustomResourceSnapshot s) => wait.WaitType switch
        {
            WaitType.WaitForCompletion => KnownResourceStates.TerminalStates.Contains(s.State?.Text),
            WaitType.WaitUntilStarted => s.State?.Text == KnownResourceStates.Running || Stops(s),
            _ => s.HealthStatus == HealthStatus.Healthy || Stops(s),
        };

        bool Stops(CustomResourceSnapshot s) => behavior == WaitBehavior.StopOnResourceUnavailable && IsUnavailable(s);
    }

    private ImmutableArray<ResourceCommandSnapshot> CommandStates(IResource resource, CustomResourceSnapshot snapshot) =>
        [.. resource.Annotations.OfType<ResourceCommandAnnotation>().Select(c => new ResourceCommandSnapshot(
            c.Name, c.UpdateState(new() { ResourceSnapshot = snapshot, Services = _services }), c.DisplayName, c.DisplayDescription,
            null, c.ConfirmationMessage, c.IconName, c.IconVariant, c.IsHighlighted))];

    private sealed class Entry
    {
        // Written under the watchers' lock, so a watcher that joins sees each event once.
        public volatile ResourceEvent? Last;
    }
}
