using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RocketAspire.ServiceDefaults;

namespace RocketAspire.Server;

/// <summary>Health endpoints and telemetry, started only when asked for: this class alone touches the web host and OpenTelemetry, so a plain node never loads them.</summary>
internal static class Observability
{
    public static bool IsWanted(CommandLine line) =>
        line.HealthPort is not null || !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"));

    /// <param name="line">Holds the port of the health endpoints, if they are wanted.</param>
    /// <param name="node">The node's name in telemetry.</param>
    /// <param name="isReady">Whether the node can take work now.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static async Task<IAsyncDisposable> StartAsync(CommandLine line, string node, Func<bool> isReady, CancellationToken cancellationToken) =>
        line.HealthPort is { } port
            ? await StartWebAsync(port, node, isReady, cancellationToken).ConfigureAwait(false)
            : await StartTelemetryAsync(cancellationToken).ConfigureAwait(false);

    private static async Task<IAsyncDisposable> StartWebAsync(int port, string node, Func<bool> isReady, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "RocketAspire.Server" });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.AddServiceDefaults();
        builder.Services.AddHealthChecks().AddCheck(
            node, () => isReady() ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("not registered at any name server yet"));
        var app = builder.Build();
        app.MapDefaultEndpoints();
        await app.StartAsync(cancellationToken).ConfigureAwait(false);
        return app;
    }

    private static async Task<IAsyncDisposable> StartTelemetryAsync(CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "RocketAspire.Server" });
        builder.Configuration.AddEnvironmentVariables();
        builder.ConfigureOpenTelemetry();
        var host = builder.Build();
        await host.StartAsync(cancellationToken).ConfigureAwait(false);
        return (IAsyncDisposable)host;
    }
}
