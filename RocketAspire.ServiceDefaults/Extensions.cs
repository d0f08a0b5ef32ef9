using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace RocketAspire.ServiceDefaults;

/// <summary>What every service of a RocketAspire application starts with: telemetry, health endpoints, service discovery and resilience.</summary>
/// <remarks>
/// Each part can be switched off by configuration: <c>ServiceDefaults:DisableTracing</c>, <c>ServiceDefaults:DisableMetrics</c>,
/// <c>ServiceDefaults:DisableLogging</c>, <c>ServiceDefaults:DisableHealthChecks</c>, <c>ServiceDefaults:DisableResilience</c> and
/// <c>ServiceDefaults:DisableServiceDiscovery</c>, each <c>true</c> or <c>false</c> (the default). Resilience covers HTTP clients and, where the
/// application has them, RocketMQ producers: <c>ServiceDefaults:RocketMQ:TotalTimeout</c> (30 s), <c>:MaxRetries</c> (3), <c>:BreakDuration</c> (5 s).
/// </remarks>
public static class Extensions
{
    /// <summary>Path of the endpoint that says whether the service can take work: every check must be healthy.</summary>
    public const string HealthEndpointPath = "/health";

    /// <summary>Path of the endpoint that says whether the process runs at all: only checks tagged <c>live</c> count.</summary>
    public const string AlivenessEndpointPath = "/alive";

    private const string LiveTag = "live";

    /// <summary>Names of the activity sources and meters of RocketAspire's own parts.</summary>
    private const string OwnInstrumentation = "RocketAspire.*";

    /// <summary>Adds telemetry, a liveness check, service discovery and resilient HTTP clients.</summary>
    /// <typeparam name="TBuilder">The host builder's type.</typeparam>
    /// <param name="builder">The builder of the service's host.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ConfigureOpenTelemetry();
        if (!IsDisabled(builder, "HealthChecks"))
            builder.Services.AddHealthChecks().AddCheck("self", static () => HealthCheckResult.Healthy(), [LiveTag]);
        var discovery = !IsDisabled(builder, "ServiceDiscovery");
        var resilience = !IsDisabled(builder, "Resilience");
        if (resilience) RocketMQResilience.Add(builder);
        if (discovery) builder.Services.AddServiceDiscovery();
        if (discovery || resilience)
        {
            builder.Services.ConfigureHttpClientDefaults(http =>
            {
                if (resilience) http.AddStandardResilienceHandler();
                if (discovery) http.AddServiceDiscovery();
            });
        }

        return builder;
    }

    /// <summary>
    /// Collects logs, metrics and traces by OpenTelemetry and exports them by OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set;
    /// without it nothing leaves the process.
    /// </summary>
    /// <typeparam name="TBuilder">The host builder's type.</typeparam>
    /// <param name="builder">The builder of the service's host.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder ConfigureOpenTelemetry<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!IsDisabled(builder, "Logging"))
        {
            builder.Logging.AddOpenTelemetry(static logging =>
            {
                logging.IncludeFormattedMessage = true;
                logging.IncludeScopes = true;
            });
        }

        var telemetry = builder.Services.AddOpenTelemetry();
        if (!IsDisabled(builder, "Metrics"))
        {
            telemetry.WithMetrics(static metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter(OwnInstrumentation));
        }

        if (!IsDisabled(builder, "Tracing"))
        {
            telemetry.WithTracing(tracing => tracing
                .AddSource(builder.Environment.ApplicationName, OwnInstrumentation)
                .AddAspNetCoreInstrumentation(static options => options.Filter = static context =>
                    !context.Request.Path.StartsWithSegments(HealthEndpointPath, StringComparison.Ordinal)
                    && !context.Request.Path.StartsWithSegments(AlivenessEndpointPath, StringComparison.Ordinal))
                .AddHttpClientInstrumentation());
        }

        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) telemetry.UseOtlpExporter();
        return builder;
    }

    /// <summary>Maps <see cref="HealthEndpointPath"/> and <see cref="AlivenessEndpointPath"/>; nothing when health checks are switched off.</summary>
    /// <param name="app">The service's application.</param>
    /// <returns>The same application.</returns>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (app.Configuration.GetValue("ServiceDefaults:DisableHealthChecks", false)) return app;
        app.MapHealthChecks(HealthEndpointPath);
        app.MapHealthChecks(AlivenessEndpointPath, new HealthCheckOptions { Predicate = static check => check.Tags.Contains(LiveTag) });
        return app;
    }

    private static bool IsDisabled(IHostApplicationBuilder builder, string part) =>
        builder.Configuration.GetValue($"ServiceDefaults:Disable{part}", false);
}
