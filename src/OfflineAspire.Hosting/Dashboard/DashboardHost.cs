using System.Collections;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OfflineAspire;

/// <summary>
/// Runs the dashboard beside an application, a process under the guardian like any other. It is no resource: nothing waits for it, it
/// starts when the others run, and an application whose dashboard fails goes on without.
/// </summary>
internal sealed class DashboardHost(IServiceProvider services, DashboardSettings settings, GuardianClient guardian)
{
    /// <summary>The dashboard's line that says that it answers.</summary>
    private const string ListeningLine = "dashboard: ";

    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private Task _run = Task.CompletedTask;
    private IAsyncDisposable? _service;
    private ManagedProcess? _process;
    private DashboardContainer? _container;
    private string? _lastError;

    /// <summary>Returns at once; what fails is said on the console.</summary>
    public void Start()
    {
        if (settings.IsEnabled)
        {
            _run = Task.Run(RunAsync);
        }
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_container is not null)
        {
            await _container.StopAsync().ConfigureAwait(false);
        }
        if (_process is not null)
        {
            guardian.Stop(_process, Grace);
            await _process.Gone.ConfigureAwait(false);
        }
        if (_service is not null)
        {
            await _service.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await WaitUntilSettledAsync(_stopping.Token).ConfigureAwait(false);
            (_service, Uri url) = await ResourceServiceHost.StartAsync(services, settings, _stopping.Token).ConfigureAwait(false);
            _process = await LaunchAsync(url).ConfigureAwait(false);
            await _process.Started.ConfigureAwait(false);
            await TellAsync(_process).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The application stops.
        }
        catch (DistributedApplicationException e)
        {
            await Console.Out.WriteLineAsync($"dashboard: not started: {e.Message}").ConfigureAwait(false);
        }
    }

    /// <summary>Until then it would take the processor from those that the user waits for. One that never gets healthy is looked at all the more.</summary>
    private async Task WaitUntilSettledAsync(CancellationToken cancellationToken)
    {
        HashSet<IResource> pending = [.. services.GetRequiredService<DistributedApplicationModel>().Resources.Where(Counts)];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(SettleLimit);
        try
        {
            await foreach (ResourceEvent e in services.GetRequiredService<ResourceNotificationService>().WatchAsync(limit.Token).ConfigureAwait(false))
            {
                if (IsSettled(e.Snapshot))
                {
                    pending.Remove(e.Resource);
                }
                if (pending.Count == 0)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static bool Counts(IResource resource) => !resource.HasAnnotationOfType<WaitAnnotation>() && !resource.HasAnnotationOfType<ExplicitStartupAnnotation>()
        && (ResourceTypes.HasProcess(resource) || resource.HasAnnotationOfType<HealthCheckAnnotation>());

    private static bool IsSettled(CustomResourceSnapshot snapshot) =>
        snapshot.HealthStatus == HealthStatus.Healthy || KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text);

    private async Task<ManagedProcess> LaunchAsync(Uri resourceService)
    {
        IReadOnlyDictionary<string, string> variables = DashboardEnvironment.For(settings, resourceService);
        if (settings.Image is { } image)
        {
            _container = await DashboardContainer.FindAsync(services, guardian, image).ConfigureAwait(false);
            return await _container.StartAsync(settings, resourceService, variables, OnLine).ConfigureAwait(false);
        }
        string assembly = settings.Assembly!;
        string program = Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null);
        bool hasProgram = File.Exists(program);
        var environment = new Dictionary<string, string>(variables, StringComparer.Ordinal) { ["DOTNET_ROOT"] = DotnetHost.Root };
        foreach (DictionaryEntry own in Environment.GetEnvironmentVariables())
        {
            environment.TryAdd((string)own.Key, (string?)own.Value ?? "");
        }
        return await guardian.StartAsync(hasProgram ? program : DotnetHost.Executable, hasProgram ? [] : DotnetHost.ArgumentsFor(assembly), environment,
            Path.GetTempPath(), OnLine).ConfigureAwait(false);
    }

    private void OnLine(string line, bool isError)
    {
        if (isError && !string.IsNullOrWhiteSpace(line))
        {
            _lastError = line;
        }
        // Aspire's own says it in .NET's words.
        if (line.StartsWith(ListeningLine, StringComparison.Ordinal) || line.Contains("Now listening on", StringComparison.Ordinal))
        {
            _listening.TrySetResult();
        }
    }

    private async Task TellAsync(ManagedProcess process)
    {
        Task first = await Task.WhenAny(_listening.Task, process.Exited, Task.Delay(StartLimit, _stopping.Token)).ConfigureAwait(false);
        _stopping.Token.ThrowIfCancellationRequested();
        string url = settings.Url.Split(';')[0].TrimEnd('/');
        if (first == _listening.Task)
        {
            await Console.Out.WriteLineAsync(settings.BrowserToken is { } token ? $"Login to the dashboard at {url}/login?t={token}" : $"Dashboard: {url}").ConfigureAwait(false);
            _ = WatchEndAsync(process);
            return;
        }
        string how = first == process.Exited ? $"it ended: {process.Exited.Result}" : $"it doesn't answer after {StartLimit.TotalSeconds:0} s";
        throw new DistributedApplicationException(_lastError ?? how);
    }

    private async Task WatchEndAsync(ManagedProcess process)
    {
        ExitStatus status = await process.Exited.ConfigureAwait(false);
        if (!_stopping.IsCancellationRequested)
        {
            await Console.Out.WriteLineAsync($"dashboard: it ended: {_lastError ?? status.ToString()}; all else goes on without it").ConfigureAwait(false);
        }
    }
}

/// <summary>What a dashboard is told, in the words of Aspire's own, so that ours and its image are told the same.</summary>
internal static class DashboardEnvironment
{
    public static IReadOnlyDictionary<string, string> For(DashboardSettings settings, Uri resourceService)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_URLS"] = settings.Url,
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = resourceService.ToString().TrimEnd('/'),
            ["DASHBOARD__RESOURCESERVICECLIENT__AUTHMODE"] = "ApiKey",
            ["DASHBOARD__RESOURCESERVICECLIENT__APIKEY"] = settings.ResourceServiceApiKey,
            ["DASHBOARD__FRONTEND__AUTHMODE"] = settings.BrowserToken is null ? "Unsecured" : "BrowserToken",
            ["DASHBOARD__FRONTEND__BROWSERTOKEN"] = settings.BrowserToken ?? "",
            ["DASHBOARD__OTLP__AUTHMODE"] = settings.OtlpApiKey is null ? "Unsecured" : "ApiKey",
            ["DASHBOARD__OTLP__PRIMARYAPIKEY"] = settings.OtlpApiKey ?? "",
            ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = settings.OtlpGrpcUrl ?? "",
            ["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = settings.OtlpHttpUrl ?? "",
        };
        return variables;
    }
}
