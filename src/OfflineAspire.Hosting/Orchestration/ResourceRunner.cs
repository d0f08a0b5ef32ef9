using System.Collections.Immutable;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;

namespace OfflineAspire;

/// <summary>The life of one resource that has a process: events, states, start, stop and restart.</summary>
internal sealed class ResourceRunner
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly IResource _resource;
    private readonly Launcher _launcher;
    private readonly IDistributedApplicationEventing _eventing;
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _loggers;
    private readonly IServiceProvider _services;
    private readonly GuardianClient _guardian;
    private readonly CancellationToken _appStopping;
    private readonly ILogger _logger;

    // One start or stop at a time.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private ManagedProcess? _process;
    private Task _ended = Task.CompletedTask;
    private volatile bool _stopRequested;

    public ResourceRunner(IResource resource, Launcher launcher, IDistributedApplicationEventing eventing, ResourceNotificationService notifications,
        ResourceLoggerService loggers, IServiceProvider services, GuardianClient guardian, CancellationToken appStopping)
    {
        _resource = resource;
        _launcher = launcher;
        _eventing = eventing;
        _notifications = notifications;
        _loggers = loggers;
        _services = services;
        _guardian = guardian;
        _appStopping = appStopping;
        string suffix = System.Security.Cryptography.RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz", 8);
        resource.Annotations.Add(new ResourceIdAnnotation($"{resource.Name}-{suffix}"));
        _logger = loggers.GetLogger(resource);
    }

    public void AddCommands()
    {
        Add(KnownResourceCommands.StartCommand, "Start", _ => StartAsync(_appStopping), s => s is null || IsStopped(s));
        Add(KnownResourceCommands.StopCommand, "Stop", _ => StopAsync(), s => s == KnownResourceStates.Running, $"Stop {_resource.Name}?");
        Add(KnownResourceCommands.RestartCommand, "Restart", async _ =>
        {
            await StopAsync().ConfigureAwait(false);
            await StartAsync(_appStopping).ConfigureAwait(false);
        }, s => s == KnownResourceStates.Running, $"Restart {_resource.Name}?");

        void Add(string name, string display, Func<ExecuteCommandContext, Task> run, Func<string?, bool> enabled, string? confirm = null)
        {
            var options = new CommandOptions
            {
                ConfirmationMessage = confirm,
                IsHighlighted = true,
                UpdateState = c => enabled(c.ResourceSnapshot.State?.Text) ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
            };
            _resource.Annotations.Add(new ResourceCommandAnnotation(name, display, async context =>
            {
                await run(context).ConfigureAwait(false);
                return CommandResults.Success();
            }, options));
        }
    }

    public async Task FirstStartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(_resource, _services), cancellationToken).ConfigureAwait(false);
            await PublishConnectionStringsAsync(_resource, cancellationToken).ConfigureAwait(false);
            if (_resource.HasAnnotationOfType<ExplicitStartupAnnotation>())
            {
                await SetAsync(s => s with { State = KnownResourceStates.NotStarted }).ConfigureAwait(false);
                return;
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            await FailAsync(e).ConfigureAwait(false);
            return;
        }
        await StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends with the resource running or failed to start; a failure is a state, not an exception.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_ended.IsCompleted)
            {
                await StartCoreAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            await FailAsync(e).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends when no process of the resource is left.</summary>
    public async Task StopAsync()
    {
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_process is { } process && !_ended.IsCompleted)
            {
                _stopRequested = true;
                Log.Stopping(_logger, _resource.Name);
                await SetAsync(s => s with { State = KnownResourceStates.Stopping }).ConfigureAwait(false);
                // Of a container the process is only the engine's program, which ends with it.
                await _launcher.StopContainerAsync(_resource).ConfigureAwait(false);
                _guardian.Stop(process, Grace);
                await _ended.ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private static bool IsStopped(string state) => state == KnownResourceStates.NotStarted || KnownResourceStates.TerminalStates.Contains(state);

    private async Task StartCoreAsync(CancellationToken cancellationToken)
    {
        _stopRequested = false;
        await SetAsync(s => s with
        {
            State = KnownResourceStates.Starting,
            ExitCode = null,
            StartTimeStamp = null,
            StopTimeStamp = null,
            HealthReports = HealthMonitor.InitialReports(_resource),
        }).ConfigureAwait(false);
        await _eventing.PublishAsync(new BeforeResourceStartedEvent(_resource, _services), cancellationToken).ConfigureAwait(false);
        Launch launch = await _launcher.PrepareAsync(_resource, _logger, cancellationToken).ConfigureAwait(false);
        await SetAsync(s => s with
        {
            State = KnownResourceStates.Starting,
            EnvironmentVariables = launch.EnvironmentSnapshot,
            Properties = With(s.Properties, launch.Properties),
        }).ConfigureAwait(false);
        ManagedProcess process = await _guardian.StartAsync(launch.File, launch.Arguments, launch.Environment, launch.WorkingDirectory,
            (line, isError) => _loggers.Write(_resource, line, isError), _resource.IsContainer()).ConfigureAwait(false);
        int processId = await process.Started.ConfigureAwait(false);
        _process = process;
        Log.Started(_logger, _resource.Name, processId);
        await SetAsync(s => s with
        {
            State = KnownResourceStates.Running,
            StartTimeStamp = DateTime.UtcNow,
            Properties = With(s.Properties, [new("executable.pid", processId)]),
            Urls = [.. s.Urls.Select(u => u with { IsInactive = false })],
        }).ConfigureAwait(false);
        _ended = WatchEndAsync(process);
    }

    private async Task WatchEndAsync(ManagedProcess process)
    {
        ExitStatus status = await process.Exited.ConfigureAwait(false);
        await process.Gone.ConfigureAwait(false);
        Log.Ended(_logger, _resource.Name, status.ToString());
        await SetAsync(s => s with
        {
            State = status.Code == 0 ? new ResourceStateSnapshot(KnownResourceStates.Finished, null)
                : new(KnownResourceStates.Exited, _stopRequested ? KnownResourceStateStyles.Info : KnownResourceStateStyles.Error),
            ExitCode = status.Code,
            StopTimeStamp = DateTime.UtcNow,
            Urls = [.. s.Urls.Select(u => u with { IsInactive = u.Name is not null })],
        }).ConfigureAwait(false);
        await PublishStoppedAsync().ConfigureAwait(false);
    }

    private async Task PublishStoppedAsync()
    {
        try
        {
            if (_notifications.TryGetCurrentState(_resource.ResourceId(), out ResourceEvent? e))
            {
                await _eventing.PublishAsync(new ResourceStoppedEvent(_resource, _services, e), CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            Log.HandlerFailed(_logger, nameof(ResourceStoppedEvent), _resource.Name, e);
        }
    }

    // Children without a process of their own get their connection strings together with the parent.
    private async Task PublishConnectionStringsAsync(IResource resource, CancellationToken cancellationToken)
    {
        if (resource is IResourceWithConnectionString)
        {
            await _eventing.PublishAsync(new ConnectionStringAvailableEvent(resource, _services), cancellationToken).ConfigureAwait(false);
        }
        foreach (IResource child in _launcher.Model.Resources.Where(r => r is IResourceWithParent own && own.Parent == resource
            && !ResourceTypes.HasProcess(r) && r is not (ParameterResource or ConnectionStringResource)))
        {
            await PublishConnectionStringsAsync(child, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task FailAsync(Exception e)
    {
        // One line for the user, whatever it was; waits have logged their own reason.
        if (e.Message.Length > 0 && !e.Message.StartsWith($"Resource '{_resource.Name}' stopped waiting", StringComparison.Ordinal))
        {
            Log.FailedToStart(_logger, $"Resource '{_resource.Name}' failed to start: {e.Message}");
        }
        return SetAsync(s => s with
        {
            State = new(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error),
            StopTimeStamp = DateTime.UtcNow,
        });
    }

    private Task SetAsync(Func<CustomResourceSnapshot, CustomResourceSnapshot> change) => _notifications.PublishUpdateAsync(_resource, change);

    private static ImmutableArray<ResourcePropertySnapshot> With(
        ImmutableArray<ResourcePropertySnapshot> properties, IReadOnlyList<ResourcePropertySnapshot> changes) =>
        [.. properties.Where(p => !changes.Any(c => c.Name == p.Name)), .. changes];
}
