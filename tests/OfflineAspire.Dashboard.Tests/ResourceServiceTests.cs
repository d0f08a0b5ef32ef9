using Grpc.Core;
using Grpc.Net.Client;
using OfflineAspire.ResourceProtocol;
using RocketAspire.TestSupport;
using Resource = OfflineAspire.ResourceProtocol.Resource;
using ResourceCommandState = OfflineAspire.ResourceProtocol.ResourceCommandState;

namespace OfflineAspire.Dashboard.Tests;

/// <summary>What an AppHost tells any dashboard that speaks Aspire's protocol, by raw gRPC.</summary>
public sealed class ResourceServiceTests
{
    private const string Key = "the-key";

    private static readonly Metadata Headers = new() { { "x-resource-service-api-key", Key } };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Resources_are_told_with_all_that_they_have_and_then_as_they_change()
    {
        await using var app = await RunAsync();
        using var call = app.Client.WatchResources(new WatchResourcesRequest(), Headers, cancellationToken: Ct);
        Assert.True(await call.ResponseStream.MoveNext(Ct));
        var first = call.ResponseStream.Current.InitialData.Resources;

        var script = first.Single(static r => r.DisplayName == "script");
        Assert.StartsWith("script-", script.Name, StringComparison.Ordinal);
        Assert.Equal(("Executable", "Running"), (script.ResourceType, script.State));
        Assert.Equal("********", script.Environment.Single(static v => v.Name == "SECRET").Value);
        Assert.Equal("shown", script.Environment.Single(static v => v.Name == "PLAIN").Value);
        Assert.Contains(script.Relationships, static r => r is { ResourceName: "base", Type: "WaitFor" });
        Assert.Equal(["restart", "start", "stop"], script.Commands.Select(static c => c.Name).Order());
        Assert.Equal((ResourceCommandState.Disabled, ResourceCommandState.Enabled), (script.Commands.Single(static c => c.Name == "start").State, script.Commands.Single(static c => c.Name == "stop").State));
        Assert.NotNull(script.StartedAt);

        var stopped = await app.Client.ExecuteResourceCommandAsync(new ResourceCommandRequest { ResourceName = script.Name, CommandName = "stop", ResourceType = script.ResourceType }, Headers, cancellationToken: Ct);
        Assert.Equal(ResourceCommandResponseKind.Succeeded, stopped.Kind);
        Resource? last = null;
        while (last?.State is not ("Exited" or "Finished"))
        {
            Assert.True(await call.ResponseStream.MoveNext(Ct));
            last = call.ResponseStream.Current.Changes.Value.Select(static c => c.Upsert).LastOrDefault(r => r.Name == script.Name) ?? last;
        }

        Assert.Equal(ResourceCommandState.Enabled, last.Commands.Single(static c => c.Name == "start").State);
        var again = await app.Client.ExecuteResourceCommandAsync(new ResourceCommandRequest { ResourceName = script.Name, CommandName = "stop" }, Headers, cancellationToken: Ct);
        Assert.Equal(ResourceCommandResponseKind.Failed, again.Kind);
        Assert.Contains("not enabled", again.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Console_logs_come_from_the_first_line_that_is_kept_with_times_and_follow()
    {
        await using var app = await RunAsync();
        using var call = app.Client.WatchResourceConsoleLogs(new WatchResourceConsoleLogsRequest { ResourceName = "script" }, Headers, cancellationToken: Ct);
        var lines = new List<ConsoleLogLine>();
        while (!lines.Exists(static l => l.Text.EndsWith(" tick 3", StringComparison.Ordinal)))
        {
            Assert.True(await call.ResponseStream.MoveNext(Ct));
            lines.AddRange(call.ResponseStream.Current.LogLines);
        }

        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z tick 1$", lines.Single(static l => l.Text.EndsWith(" tick 1", StringComparison.Ordinal)).Text);
        Assert.True(lines.Single(static l => l.Text.EndsWith(" oops", StringComparison.Ordinal)).IsStdErr);
        Assert.Equal(Enumerable.Range(1, lines.Count), lines.Select(static l => l.LineNumber));
        using var once = app.Client.WatchResourceConsoleLogs(new WatchResourceConsoleLogsRequest { ResourceName = "script", SuppressFollow = true }, Headers, cancellationToken: Ct);
        Assert.True(await once.ResponseStream.MoveNext(Ct));
        Assert.False(await once.ResponseStream.MoveNext(Ct));
    }

    [Fact]
    public async Task Who_has_not_the_key_is_told_nothing()
    {
        await using var app = await RunAsync();
        Metadata[] wrong = [[], new() { { "x-resource-service-api-key", "another" } }];
        foreach (var headers in wrong)
        {
            Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(async () => await app.Client.GetApplicationInformationAsync(new(), headers, cancellationToken: Ct))).StatusCode);
            Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(async () => await app.Client.ExecuteResourceCommandAsync(new() { ResourceName = "script", CommandName = "stop" }, headers, cancellationToken: Ct))).StatusCode);
            using var watch = app.Client.WatchResources(new WatchResourcesRequest(), headers, cancellationToken: Ct);
            Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(Ct))).StatusCode);
        }

        Assert.NotEmpty((await app.Client.GetApplicationInformationAsync(new(), Headers, cancellationToken: Ct)).ApplicationName);
        using var missing = app.Client.WatchResourceConsoleLogs(new WatchResourceConsoleLogsRequest { ResourceName = "nobody" }, Headers, cancellationToken: Ct);
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => missing.ResponseStream.MoveNext(Ct))).StatusCode);
    }

    private static async Task<RunningApp> RunAsync()
    {
        var (service, page) = (FreePorts.Next(), FreePorts.Next());
        var builder = DistributedApplicationTestingBuilder.Create([], static (options, _) => options.DisableDashboard = false);
        builder.Configuration["ASPIRE_DASHBOARD_PATH"] = RunningProcess.Metadata("dashboard");
        builder.Configuration["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = $"http://127.0.0.1:{service}";
        builder.Configuration["ASPIRE_DASHBOARD_RESOURCESERVICE_APIKEY"] = Key;
        builder.Configuration["ASPNETCORE_URLS"] = $"http://127.0.0.1:{page}";
        builder.Configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://127.0.0.1:0";
        builder.Configuration["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = "http://127.0.0.1:0";
        var first = builder.AddExecutable("base", "sh", ".", "-c", "sleep 600");
        builder.AddExecutable("script", "sh", ".", "-c", "echo tick 1; echo oops >&2; sleep 0.2; echo tick 2; sleep 0.2; echo tick 3; sleep 600")
            .WithEnvironment("PLAIN", "shown").WithEnvironment("SECRET", builder.AddParameter("secret", static () => "very-secret", secret: true)).WaitFor(first);
        var app = await builder.BuildAsync(Ct);
        await app.StartAsync(Ct);
        var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{service}");
        var client = new DashboardService.DashboardServiceClient(channel);
        await Eventually.TrueAsync("the resource service answers", async () =>
        {
            try
            {
                await client.GetApplicationInformationAsync(new(), Headers, cancellationToken: Ct);
                return true;
            }
            catch (RpcException)
            {
                return false;
            }
        });
        return new RunningApp(app, channel, client);
    }

    private sealed record RunningApp(DistributedApplication App, GrpcChannel Channel, DashboardService.DashboardServiceClient Client) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            Channel.Dispose();
            return App.DisposeAsync();
        }
    }
}
