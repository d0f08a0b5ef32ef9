using System.Collections.Immutable;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace OfflineAspire;

/// <summary>The name of one running instance of a resource, as Aspire gives it: name and a random suffix.</summary>
internal sealed record ResourceIdAnnotation(string Id) : IResourceAnnotation;

/// <summary>Brings all resources up, each as soon as what it waits for is ready, and down in the reverse order.</summary>
internal sealed class Orchestrator : IHostedService
{
    private readonly IServiceProvider _services;
    private readonly DistributedApplicationModel _model;
    private readonly DistributedApplicationExecutionContext _context;
    private readonly IDistributedApplicationEventing _eventing;
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _loggers;
    private readonly GuardianClient _guardian;
    private readonly TemporaryFiles _files;
    private readonly DashboardHost _dashboard;
    private readonly ILogger<DistributedApplication> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _stopGate = new();
    private Dictionary<IResource, ResourceRunner> _runners = [];
    private Launcher? _launcher;
    private Task? _healthMonitor;
    private Task? _stopTask;

    public Orchestrator(IServiceProvider services, DistributedApplicationModel model, DistributedApplicationExecutionContext context,
        IDistributedApplicationEventing eventing, ResourceNotificationService notifications, ResourceLoggerService loggers,
        GuardianClient guardian, TemporaryFiles files, DashboardHost dashboard, ILogger<DistributedApplication> logger)
    {
        _services = services;
        _model = model;
        _context = context;
        _eventing = eventing;
        _notifications = notifications;
        _loggers = loggers;
        _guardian = guardian;
        _files = files;
        _dashboard = dashboard;
        _logger = logger;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_context.IsRunMode)
        {
            _guardian.StartEarly();
            _ = WatchGuardianAsync();
        }
        foreach (IDistributedApplicationEventingSubscriber subscriber in _services.GetServices<IDistributedApplicationEventingSubscriber>())
        {
            await subscriber.SubscribeAsync(_eventing, _context, cancellationToken).ConfigureAwait(false);
        }
        // The waiting is part of the event's publication, as in Aspire: after the handlers that the AppHost subscribed.
        _eventing.Subscribe<BeforeResourceStartedEvent>((e, ct) => _notifications.WaitForDependenciesAsync(e.Resource, ct));
        _eventing.Subscribe<ResourceEndpointsAllocatedEvent>((e, ct) => ResourceUrls.PublishAsync(e.Resource, _context, _notifications, _logger, ct));
        await _eventing.PublishAsync(new BeforeStartEvent(_services, _model), cancellationToken).ConfigureAwait(false);
        if (!_context.IsRunMode)
        {
            return;
        }
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        _dashboard.Start();
        await StartResourcesAsync(either.Token).ConfigureAwait(false);
    }

    /// <summary>Stops everything once; later calls wait for the first.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_stopGate)
        {
            _stopTask ??= StopOnceAsync();
        }
        return _stopTask;
    }

    public ResourceRunner? RunnerOf(IResource resource) => _runners.GetValueOrDefault(resource);

    private async Task StartResourcesAsync(CancellationToken cancellationToken)
    {
        IResource[] resources = [.. _model.Resources];
        EndpointAllocator.Allocate(resources);
        Launcher launcher = _launcher = new Launcher(_context, _services, _services.GetRequiredService<SecretMask>(), _guardian, _files);
        _runners = resources.Where(ResourceTypes.HasProcess).ToDictionary(r => r,
            r => new ResourceRunner(r, launcher, _eventing, _notifications, _loggers, _services, _guardian, _stopping.Token));
        foreach (ResourceRunner runner in _runners.Values)
        {
            runner.AddCommands();
        }
        _healthMonitor = new HealthMonitor(_services, _eventing, _notifications, _logger).RunAsync(_stopping.Token);
        foreach (IResource resource in resources)
        {
            await PublishInitialAsync(resource, cancellationToken).ConfigureAwait(false);
        }
        await Task.WhenAll(_runners.Values.Select(r => r.FirstStartAsync(cancellationToken))).ConfigureAwait(false);
        await _eventing.PublishAsync(new AfterResourcesCreatedEvent(_services, _model), cancellationToken).ConfigureAwait(false);
    }

    private async Task PublishInitialAsync(IResource resource, CancellationToken cancellationToken)
    {
        ImmutableArray<RelationshipSnapshot> relationships = [.. resource.Annotations.OfType<ResourceRelationshipAnnotation>()
            .Select(r => new RelationshipSnapshot(r.Resource.Name, r.Type)).Distinct()];
        await _notifications.PublishUpdateAsync(resource, s => s with
        {
            Relationships = relationships,
            HealthReports = HealthMonitor.InitialReports(resource),
            Properties = resource.ParentOf() is { } parent ? s.Properties.Add(new("resource.parentName", parent.ResourceId())) : s.Properties,
        }).ConfigureAwait(false);
        switch (resource)
        {
            case ParameterResource parameter:
                await PublishParameterAsync(parameter).ConfigureAwait(false);
                break;
            case ConnectionStringResource:
                _ = Task.Run(() => RunConnectionStringAsync(resource, cancellationToken), cancellationToken);
                break;
        }
        var initialize = new InitializeResourceEvent(resource, _eventing, _loggers, _notifications, _services);
        _ = Task.Run(() => InitializeAsync(initialize, cancellationToken), cancellationToken);
    }

    private async Task InitializeAsync(InitializeResourceEvent initialize, CancellationToken cancellationToken)
    {
        try
        {
            await _eventing.PublishAsync(initialize, EventDispatchBehavior.BlockingConcurrent, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The owner of a custom resource's life is gone: nobody else would tell those who wait for it.
            Log.FailedToStart(_loggers.GetLogger(initialize.Resource), e.Message);
            Log.HandlerFailed(_logger, nameof(InitializeResourceEvent), initialize.Resource.Name, e);
            await _notifications.PublishUpdateAsync(initialize.Resource, s => ResourceTypes.HasProcess(initialize.Resource) ? s
                : s with { State = new(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error) }).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The application stops.
        }
    }

    private Task PublishParameterAsync(ParameterResource parameter)
    {
        try
        {
            string value = parameter.ValueOrThrow;
            return _notifications.PublishUpdateAsync(parameter, s => s with
            {
                State = new(KnownResourceStates.Running, KnownResourceStateStyles.Success),
                Properties = s.Properties.Add(new("Value", parameter.Secret ? SecretMask.Mask : value) { IsSensitive = parameter.Secret }),
            });
        }
        catch (Exception e)
        {
            Log.ParameterMissing(_logger, parameter.Name, e.Message);
            return _notifications.PublishUpdateAsync(parameter, s => s with { State = new(KnownResourceStates.ValueMissing, KnownResourceStateStyles.Error) });
        }
    }

    private async Task RunConnectionStringAsync(IResource resource, CancellationToken cancellationToken)
    {
        try
        {
            await _eventing.PublishAsync(new BeforeResourceStartedEvent(resource, _services), cancellationToken).ConfigureAwait(false);
            await _eventing.PublishAsync(new ConnectionStringAvailableEvent(resource, _services), cancellationToken).ConfigureAwait(false);
            await _notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.Running }).ConfigureAwait(false);
        }
        catch (DistributedApplicationException e)
        {
            Log.FailedToStart(_loggers.GetLogger(resource), e.Message);
            await _notifications.PublishUpdateAsync(resource, s => s with { State = new(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error) })
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The application stops.
        }
    }

    private async Task StopOnceAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task dashboard = _dashboard.StopAsync();
        foreach (IGrouping<int, ResourceRunner> level in StopOrder.Levels(_runners.Keys).GroupBy(l => l.Level, l => _runners[l.Resource])
            .OrderByDescending(g => g.Key))
        {
            await Task.WhenAll(level.Select(r => r.StopAsync())).ConfigureAwait(false);
        }
        if (_healthMonitor is not null)
        {
            await _healthMonitor.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await dashboard.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await (_launcher?.CloseAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        await _guardian.DisposeAsync().ConfigureAwait(false);
        _files.Dispose();
    }

    private async Task WatchGuardianAsync()
    {
        int processId = await _guardian.Lost.ConfigureAwait(false);
        await Console.Error.WriteLineAsync($"The guardian process {processId} was killed, so all resources were stopped.").ConfigureAwait(false);
        Environment.ExitCode = 1;
        _files.Dispose();
        _services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
    }
}

/// <summary>Who stops first: those that nobody waits for.</summary>
internal static class StopOrder
{
    /// <summary>Level 0 waits for nobody; every other is one above the highest that it waits for.</summary>
    public static IEnumerable<(IResource Resource, int Level)> Levels(IEnumerable<IResource> resources)
    {
        var levels = new Dictionary<IResource, int>();
        return [.. resources.Select(r => (r, LevelOf(r, levels)))];
    }

    private static int LevelOf(IResource resource, Dictionary<IResource, int> levels)
    {
        if (levels.TryGetValue(resource, out int level))
        {
            return level;
        }
        levels[resource] = 0; // A circle of waits ends here.
        IEnumerable<IResource> below = resource.Annotations.OfType<WaitAnnotation>().Select(w => w.Resource);
        return levels[resource] = below.Select(r => 1 + LevelOf(r, levels)).DefaultIfEmpty(0).Max();
    }
}
