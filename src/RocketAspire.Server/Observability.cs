using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using RocketAspire.ServiceDefaults;

namespace RocketAspire.Server;

/// <summary>What is to be told of a node, and where.</summary>
/// <param name="Node">The node's name in telemetry, unless <c>OTEL_SERVICE_NAME</c> gives another.</param>
/// <param name="HealthPort">Serve /health and /alive here, on 127.0.0.1.</param>
/// <param name="Prometheus">Serve /metrics here.</param>
/// <param name="MetricsTarget">Send metrics there by OTLP, where the environment names no target for all telemetry.</param>
internal sealed record ObservabilityOptions(string Node, int? HealthPort, IPEndPoint? Prometheus = null, Uri? MetricsTarget = null)
{
    public bool HasOtlp { get; } = !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"));

    public bool IsWanted => HealthPort is not null || Prometheus is not null || MetricsTarget is not null || HasOtlp;
}

/// <summary>Health endpoints and telemetry, started only when asked for: this class alone touches the web host and OpenTelemetry, so a plain node never loads them.</summary>
internal static class Observability
{
    /// <param name="options">What is wanted.</param>
    /// <param name="isReady">Whether the node can take work now.</param>
    /// <param name="log">The node's log, which goes out by OTLP too.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="CommandException">A port is taken.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static async Task<IAsyncDisposable> StartAsync(ObservabilityOptions options, Func<bool> isReady, ConsoleLog log, CancellationToken cancellationToken)
    {
        var host = options.HealthPort is null && options.Prometheus is null ? CreateHost(options) : CreateWeb(options, isReady);
        try
        {
            await host.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new CommandException(ExitCode.Runtime, $"health or metrics can't be served: {e.Message}");
        }

        if (options.HasOtlp && host.Services.GetServices<ILoggerProvider>().FirstOrDefault() is { } provider) log.AddProvider(provider);
        return (IAsyncDisposable)host;
    }

    private static WebApplication CreateWeb(ObservabilityOptions options, Func<bool> isReady)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = "RocketAspire.Server",
            // It is watched for changed settings, and the working folder may hold stores.
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (options.HealthPort is { } port) kestrel.Listen(IPAddress.Loopback, port);
            if (options.Prometheus is { } metrics) kestrel.Listen(metrics);
        });
        builder.AddServiceDefaults();
        AddMetrics(builder, options);
        builder.Services.AddHealthChecks().AddCheck(
            options.Node, () => isReady() ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("not registered at any name server yet"));
        var app = builder.Build();
        if (options.Prometheus is { } only) app.UseOpenTelemetryPrometheusScrapingEndpoint(context => context.Connection.LocalPort == only.Port && context.Request.Path == "/metrics");
        if (options.HealthPort is not null) app.MapDefaultEndpoints();
        return app;
    }

    private static IHost CreateHost(ObservabilityOptions options)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "RocketAspire.Server" });
        builder.Configuration.AddEnvironmentVariables();
        builder.ConfigureOpenTelemetry();
        AddMetrics(builder, options);
        return builder.Build();
    }

    private static void AddMetrics(IHostApplicationBuilder builder, ObservabilityOptions options)
    {
        var telemetry = builder.Services.AddOpenTelemetry();
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME"))) telemetry.ConfigureResource(resource => resource.AddService(options.Node));
        telemetry.WithMetrics(metrics =>
        {
            if (options.Prometheus is not null) metrics.AddPrometheusExporter(static prometheus => prometheus.ScopeInfoEnabled = false);
            // The environment's target takes all telemetry, these metrics among it.
            if (options is { MetricsTarget: { } target, HasOtlp: false }) metrics.AddOtlpExporter(otlp => otlp.Endpoint = target);
        });
    }
}
