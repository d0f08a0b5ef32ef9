using System.Net;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using MudBlazor.Services;
using OfflineAspire.Dashboard.Components;
using OfflineAspire.Dashboard.Login;
using OfflineAspire.Dashboard.Otlp;
using OfflineAspire.Dashboard.Resources;
using OfflineAspire.Dashboard.Telemetry;
using OfflineAspire.Dashboard.Text;

namespace OfflineAspire.Dashboard;

/// <summary>The web application: what it learns of resources and telemetry, and the pages that show it.</summary>
public static class DashboardApp
{
    private const string SecurityPolicy =
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    /// <returns>0, or 2 when a setting is wrong or a port is taken.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = CreateBuilder(args);
        if (DashboardOptions.Read(builder.Configuration, out var problem) is not { } options)
        {
            await Console.Error.WriteLineAsync(problem).ConfigureAwait(false);
            return 2;
        }

        await using var app = Build(builder, options);
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync($"can't listen: {e.Message} (ASPNETCORE_URLS, ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL and ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL choose the addresses)").ConfigureAwait(false);
            return 2;
        }

        await TellAsync(app, options).ConfigureAwait(false);
        await app.WaitForShutdownAsync().ConfigureAwait(false);
        return 0;
    }

    /// <summary>Where it listens, whatever ports the system picked.</summary>
    private static async Task TellAsync(WebApplication app, DashboardOptions options)
    {
        var addresses = new Queue<string>(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses);
        var url = addresses.Dequeue();
        // By itself it tells how to get in; an AppHost tells it in its own words.
        if (options is { ResourceServiceUrl: null, BrowserToken: { } token }) await Console.Out.WriteLineAsync($"Login to the dashboard at {url}/login?t={token}").ConfigureAwait(false);
        if (options.OtlpGrpcUrl is not null) await Console.Out.WriteLineAsync($"OTLP by gRPC: {addresses.Dequeue()}").ConfigureAwait(false);
        if (options.OtlpHttpUrl is not null) await Console.Out.WriteLineAsync($"OTLP by HTTP: {addresses.Dequeue()}").ConfigureAwait(false);
        await Console.Out.WriteLineAsync($"dashboard: {url}").ConfigureAwait(false);
    }

    private static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = typeof(DashboardApp).Assembly.GetName().Name,
            // Pages stand beside the program, wherever it is started from.
            ContentRootPath = AppContext.BaseDirectory,
        });
        // Otherwise only a published program, or one in Development, has its style sheets.
        builder.WebHost.UseStaticWebAssets();
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // It would say that these addresses win over ASPNETCORE_URLS, which they come from.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        // What keeps it from starting is told in one line, without its stack.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Logging.AddFilter("Grpc", LogLevel.Error);
        return builder;
    }

    private static WebApplication Build(WebApplicationBuilder builder, DashboardOptions options)
    {
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        var services = builder.Services;
        services.Configure<HostOptions>(static host => host.ShutdownTimeout = StopLimit);
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ResourceStore>();
        services.AddSingleton<TelemetryStore>();
        services.AddSingleton<OtlpReceiver>();
        services.AddSingleton<OtlpKey>();
        services.AddSingleton<OtlpHttp>();
        services.AddGrpc(static grpc => grpc.MaxReceiveMessageSize = OtlpHttp.MostBytes);
        services.AddSingleton<AppHostClient>();
        services.AddHostedService(static provider => provider.GetRequiredService<AppHostClient>());
        services.AddScoped<Preferences>();
        services.AddHttpContextAccessor();
        services.AddRazorComponents().AddInteractiveServerComponents(static circuit =>
        {
            circuit.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(1);
            circuit.DisconnectedCircuitMaxRetained = 20;
        });
        services.AddMudServices();
        services.AddLogin(options);
        // Keys of cookies live as long as the process, as its token does: nothing of it is kept on disk.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        // Another site's page must not reach the dashboard by a name of its own that resolves to this machine.
        if (DashboardOptions.IsLoopback(options.Url)) services.Configure<HostFilteringOptions>(static filter => filter.AllowedHosts = ["localhost", "127.0.0.1", "[::1]"]);

        var app = builder.Build();
        app.UseDoors();
        app.Use(static (context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = SecurityPolicy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers["Referrer-Policy"] = "same-origin";
            return next(context);
        });
        app.UseStatusCodePagesWithReExecute("/not-found");
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapStaticAssets().AllowAnonymous();
        app.MapGet("/health", static () => "ok").AllowAnonymous();
        app.MapLogin(options);
        app.MapGrpcService<OtlpLogs>().AllowAnonymous();
        app.MapGrpcService<OtlpTraces>().AllowAnonymous();
        app.MapGrpcService<OtlpMetrics>().AllowAnonymous();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(static mode => mode.ContentSecurityFrameAncestorsPolicy = "'none'");
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, DashboardOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = OtlpHttp.MostBytes;
        Listen(options.Url, HttpProtocols.Http1, Door.Pages);
        if (options.OtlpGrpcUrl is { } grpc) Listen(grpc, HttpProtocols.Http2, Door.OtlpGrpc);
        if (options.OtlpHttpUrl is { } http) Listen(http, HttpProtocols.Http1, Door.OtlpHttp);

        void Listen(Uri url, HttpProtocols protocols, Door door)
        {
            if (url.Host == "localhost" && url.Port != 0) kestrel.ListenLocalhost(url.Port, Set);
            else kestrel.Listen(IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) ? address : IPAddress.Loopback, url.Port, Set);

            void Set(ListenOptions listen)
            {
                listen.Protocols = protocols;
                listen.Mark(door);
            }
        }
    }
}
