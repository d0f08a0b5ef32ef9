using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Aspire.Hosting.ApplicationModel;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Wire = OfflineAspire.ResourceProtocol;

namespace OfflineAspire;

/// <summary>The calls of a dashboard: resources and their console logs, live, and commands.</summary>
internal sealed class ResourceServiceCalls(AppHostServices appHost, DashboardSettings settings) : Wire.DashboardService.DashboardServiceBase
{
    private const string ApiKeyHeader = "x-resource-service-api-key";
    private const int MostChanges = 500;

    private readonly ResourceNotificationService _notifications = appHost.Services.GetRequiredService<ResourceNotificationService>();
    private readonly ResourceLoggerService _loggers = appHost.Services.GetRequiredService<ResourceLoggerService>();
    private readonly CancellationToken _stopping = appHost.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    public override Task<Wire.ApplicationInformationResponse> GetApplicationInformation(Wire.ApplicationInformationRequest request, ServerCallContext context)
    {
        Authorize(context);
        return Task.FromResult(new Wire.ApplicationInformationResponse { ApplicationName = settings.ApplicationName });
    }

    public override async Task WatchResources(Wire.WatchResourcesRequest request, IServerStreamWriter<Wire.WatchResourcesUpdate> responseStream, ServerCallContext context)
    {
        Authorize(context);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, _stopping);
        var initial = new Wire.InitialResourceData();
        foreach (IResource resource in appHost.Services.GetRequiredService<DistributedApplicationModel>().Resources)
        {
            if (_notifications.TryGetCurrentState(resource.ResourceId(), out ResourceEvent? current))
            {
                initial.Resources.Add(ResourceMessages.Of(current));
            }
        }
        await responseStream.WriteAsync(new() { InitialData = initial }, ending.Token).ConfigureAwait(false);
        try
        {
            await FollowAsync(responseStream, ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The dashboard went, or the application stops.
        }
    }

    public override async Task WatchResourceConsoleLogs(
        Wire.WatchResourceConsoleLogsRequest request, IServerStreamWriter<Wire.WatchResourceConsoleLogsUpdate> responseStream, ServerCallContext context)
    {
        Authorize(context);
        string name = Find(request.ResourceName).ResourceId();
        if (request.SuppressFollow)
        {
            await responseStream.WriteAsync(Lines(_loggers.Backlog(name)), context.CancellationToken).ConfigureAwait(false);
            return;
        }
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, _stopping);
        try
        {
            await foreach (IReadOnlyList<TimedLine> lines in _loggers.WatchTimedAsync(name).WithCancellation(ending.Token).ConfigureAwait(false))
            {
                foreach (TimedLine[] some in lines.Chunk(MostChanges))
                {
                    await responseStream.WriteAsync(Lines(some), ending.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The dashboard went, or the application stops.
        }
    }

    public override async Task<Wire.ResourceCommandResponse> ExecuteResourceCommand(Wire.ResourceCommandRequest request, ServerCallContext context)
    {
        Authorize(context);
        // Who closes his browser doesn't stop a command halfway.
        ExecuteCommandResult result = await appHost.Services.GetRequiredService<ResourceCommandService>()
            .ExecuteCommandAsync(request.ResourceName, request.CommandName, _stopping).ConfigureAwait(false);
        var response = new Wire.ResourceCommandResponse
        {
            Kind = result.Success ? Wire.ResourceCommandResponseKind.Succeeded
                : result.Canceled ? Wire.ResourceCommandResponseKind.Cancelled
                : Wire.ResourceCommandResponseKind.Failed,
            Message = result.Message ?? "",
        };
        if (!result.Success)
        {
            response.ErrorMessage = result.Message ?? "";
        }
        if (result.Data is { } data)
        {
            response.Result = new()
            {
                Value = data.Value,
                Format = data.Format switch
                {
                    CommandResultFormat.Json => Wire.CommandResultFormat.Json,
                    CommandResultFormat.Markdown => Wire.CommandResultFormat.Markdown,
                    _ => Wire.CommandResultFormat.Text,
                },
            };
        }
        return response;
    }

    /// <summary>Stays open and silent: this AppHost asks its user nothing.</summary>
    public override async Task WatchInteractions(IAsyncStreamReader<Wire.WatchInteractionsRequestUpdate> requestStream,
        IServerStreamWriter<Wire.WatchInteractionsResponseUpdate> responseStream, ServerCallContext context)
    {
        Authorize(context);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, _stopping);
        await Task.Delay(Timeout.Infinite, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static Wire.WatchResourceConsoleLogsUpdate Lines(IEnumerable<TimedLine> lines)
    {
        var update = new Wire.WatchResourceConsoleLogsUpdate();
        update.LogLines.AddRange(lines.Select(l => new Wire.ConsoleLogLine
        {
            LineNumber = l.Line.LineNumber,
            IsStdErr = l.Line.IsErrorMessage,
            // A line of Aspire's begins with its time.
            Text = l.At.ToString("yyyy-MM-ddTHH:mm:ss.fff'Z' ", CultureInfo.InvariantCulture) + l.Line.Content,
        }));
        return update;
    }

    private async Task FollowAsync(IServerStreamWriter<Wire.WatchResourcesUpdate> responseStream, CancellationToken cancellationToken)
    {
        // Read ahead, so that what comes close together is told together.
        var changes = Channel.CreateUnbounded<ResourceEvent>();
        Task reading = Task.Run(async () =>
        {
            await foreach (ResourceEvent e in _notifications.WatchAsync(cancellationToken).ConfigureAwait(false))
            {
                changes.Writer.TryWrite(e);
            }
        }, cancellationToken);
        while (await changes.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var last = new Dictionary<string, ResourceEvent>(StringComparer.Ordinal);
            while (last.Count < MostChanges && changes.Reader.TryRead(out ResourceEvent? e))
            {
                last[e.ResourceId] = e;
            }
            var update = new Wire.WatchResourcesChanges();
            update.Value.AddRange(last.Values.Select(e => new Wire.WatchResourcesChange { Upsert = ResourceMessages.Of(e) }));
            await responseStream.WriteAsync(new() { Changes = update }, cancellationToken).ConfigureAwait(false);
        }
        await reading.ConfigureAwait(false);
    }

    private IResource Find(string name) => appHost.Services.GetRequiredService<DistributedApplicationModel>().Resources
        .FirstOrDefault(r => string.Equals(r.ResourceId(), name, StringComparison.OrdinalIgnoreCase) || string.Equals(r.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new RpcException(new Status(StatusCode.NotFound, $"There is no resource '{name}'."));

    private void Authorize(ServerCallContext context)
    {
        byte[] given = Encoding.UTF8.GetBytes(context.RequestHeaders.GetValue(ApiKeyHeader) ?? "");
        if (!CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(settings.ResourceServiceApiKey)))
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, $"The header '{ApiKeyHeader}' is missing or wrong."));
        }
    }
}

/// <summary>The AppHost's own services, in the container of the service that its dashboard calls.</summary>
internal sealed record AppHostServices(IServiceProvider Services);
