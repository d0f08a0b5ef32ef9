using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using RocketAspire.ServiceDefaults;

namespace RocketAspire.ServiceDefaults.Tests;

public sealed class ServiceDefaultsTests
{
    [Fact]
    public async Task Health_says_unhealthy_while_alive_stays_healthy()
    {
        await using var app = Build([], static services =>
            services.AddHealthChecks().AddCheck("broker", static () => HealthCheckResult.Unhealthy("gone")));
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        using var health = await http.GetAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken);
        using var alive = await http.GetAsync(new Uri("/alive", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    [Fact]
    public async Task Health_endpoints_are_absent_when_switched_off()
    {
        await using var app = Build([new("ServiceDefaults:DisableHealthChecks", "true")]);
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        using var alive = await http.GetAsync(new Uri("/alive", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, alive.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Telemetry_is_on_until_switched_off(bool disabled)
    {
        await using var app = Build(
        [
            new("ServiceDefaults:DisableTracing", disabled ? "true" : "false"),
            new("ServiceDefaults:DisableMetrics", disabled ? "true" : "false"),
        ]);

        Assert.Equal(disabled, app.Services.GetService<TracerProvider>() is null);
        Assert.Equal(disabled, app.Services.GetService<MeterProvider>() is null);
    }

    private static WebApplication Build(KeyValuePair<string, string?>[] settings, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddServiceDefaults();
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        return app;
    }
}
