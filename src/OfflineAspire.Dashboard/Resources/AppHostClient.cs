using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Net.Client;
using OfflineAspire.ResourceProtocol;

namespace OfflineAspire.Dashboard.Resources;

/// <summary>Listens to the AppHost's resource service, comes back when the connection breaks, and passes on commands.</summary>
public sealed class AppHostClient : BackgroundService
{
    private const string ApiKeyHeader = "x-resource-service-api-key";

    /// <summary>A node with a long environment and all its commands has some kilobytes; a model has a thousand.</summary>
    private const int MostBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CommandLimit = TimeSpan.FromMinutes(5);

    private readonly DashboardOptions _options;
    private readonly ResourceStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<AppHostClient> _logger;
    private readonly GrpcChannel? _channel;
    private readonly DashboardService.DashboardServiceClient? _client;

    public AppHostClient(DashboardOptions options, ResourceStore store, TimeProvider time, ILogger<AppHostClient> logger)
    {
        _options = options;
        _store = store;
        _time = time;
        _logger = logger;
        if (options.ResourceServiceUrl is not { } url) return;
        _channel = GrpcChannel.ForAddress(url, new GrpcChannelOptions { MaxReceiveMessageSize = MostBytes });
        _client = new DashboardService.DashboardServiceClient(_channel);
    }

    /// <summary>Without an AppHost there is telemetry alone.</summary>
    public bool HasAppHost => _client is not null;

    private Metadata Headers => _options.ResourceServiceApiKey is { } key ? new Metadata { { ApiKeyHeader, key } } : [];

    /// <summary>A resource's console from what is kept of it on, line by line, until cancelled or the AppHost goes.</summary>
    public async IAsyncEnumerable<IReadOnlyList<ConsoleLogLine>> WatchConsoleAsync(string resourceId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_client is null) yield break;
        using var call = _client.WatchResourceConsoleLogs(new WatchResourceConsoleLogsRequest { ResourceName = resourceId }, Headers, cancellationToken: cancellationToken);
        while (await NextAsync(call.ResponseStream, cancellationToken).ConfigureAwait(false)) yield return call.ResponseStream.Current.LogLines;
    }

    /// <returns>What came of it; a failure has its reason as the message.</returns>
    public async Task<ResourceCommandResponse> ExecuteAsync(ResourceState resource, ResourceCommand command)
    {
        if (_client is null) return Failed("there is no AppHost");
        try
        {
            var request = new ResourceCommandRequest { CommandName = command.Name, ResourceName = resource.Id, ResourceType = resource.Type };
            return await _client.ExecuteResourceCommandAsync(request, Headers, _time.GetUtcNow().UtcDateTime + CommandLimit).ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            return Failed(e.Status.Detail);
        }
    }

    public override void Dispose()
    {
        _channel?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_client is null) return;
        var wasHeard = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            var problem = "it closed the connection";
            try
            {
                await FollowAsync(_client, stoppingToken).ConfigureAwait(false);
            }
            catch (RpcException e)
            {
                problem = e.StatusCode == StatusCode.Unauthenticated ? "it refuses this dashboard's key (DASHBOARD__RESOURCESERVICECLIENT__APIKEY)" : e.Status.Detail;
            }
            catch (OperationCanceledException)
            {
                return;
            }

            wasHeard &= _store.Problem is null;
            if (wasHeard && !stoppingToken.IsCancellationRequested) Log.NoAppHost(_logger, _options.ResourceServiceUrl!, problem);
            wasHeard = false;
            _store.Lost(problem);
            await Task.Delay(RetryInterval, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<bool> NextAsync<T>(IAsyncStreamReader<T> stream, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.MoveNext(cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException) when (!cancellationToken.IsCancellationRequested)
        {
            // The AppHost is gone: the console ends here.
            return false;
        }
    }

    private async Task FollowAsync(DashboardService.DashboardServiceClient client, CancellationToken stoppingToken)
    {
        var application = await client.GetApplicationInformationAsync(new ApplicationInformationRequest(), Headers, cancellationToken: stoppingToken).ResponseAsync.ConfigureAwait(false);
        using var call = client.WatchResources(new WatchResourcesRequest(), Headers, cancellationToken: stoppingToken);
        while (await call.ResponseStream.MoveNext(stoppingToken).ConfigureAwait(false))
        {
            if (_store.Problem is not null || _store.Application != application.ApplicationName) _store.Connected(application.ApplicationName);
            _store.Apply(call.ResponseStream.Current);
        }
    }

    private static ResourceCommandResponse Failed(string reason) => new() { Kind = ResourceCommandResponseKind.Failed, Message = reason };
}
