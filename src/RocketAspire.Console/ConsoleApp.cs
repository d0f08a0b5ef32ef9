using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using MudBlazor.Services;
using RocketAspire.Console.Access;
using RocketAspire.Console.Cluster;
using RocketAspire.Console.Components;
using RocketAspire.Console.Messages;
using RocketAspire.Console.Text;

namespace RocketAspire.Console;

/// <summary>The web application: a poller and the pages that show what it found.</summary>
public static class ConsoleApp
{
    private const string SecurityPolicy =
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    /// <returns>0, or 2 when a setting is wrong.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is [PasswordCommand.Name, .. var rest]) return PasswordCommand.Run(rest, System.Console.In, System.Console.Out, System.Console.Error);
        var builder = CreateBuilder(args);
        if (ConsoleOptions.Read(builder.Configuration, out var problem) is not { } options)
        {
            await System.Console.Error.WriteLineAsync(problem).ConfigureAwait(false);
            return 2;
        }

        UserStore users;
        using var loggers = LoggerFactory.Create(static logging => logging.AddConsole());
        try
        {
            users = UserStore.Open(options.Auth, TimeProvider.System, loggers.CreateLogger<UserStore>());
        }
        catch (InvalidDataException e)
        {
            await System.Console.Error.WriteLineAsync($"--auth: {e.Message}").ConfigureAwait(false);
            return 2;
        }

        await using var app = Build(builder, options, users);
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            await System.Console.Error.WriteLineAsync($"--urls: {options.Url} can't be listened on: {e.Message}").ConfigureAwait(false);
            return 2;
        }

        if (options.Warning is { } warning) await System.Console.Error.WriteLineAsync(warning).ConfigureAwait(false);
        var url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? options.Url;
        await System.Console.Out.WriteLineAsync($"console: {url}").ConfigureAwait(false);
        await app.WaitForShutdownAsync().ConfigureAwait(false);
        return 0;
    }

    private static WebApplicationBuilder CreateBuilder(string[] args)
    {
        // Slim: no IIS, QUIC, event log and watching of settings, which would only take memory.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = typeof(ConsoleApp).Assembly.GetName().Name,
            // Settings and pages stand beside the program, wherever it is started from.
            ContentRootPath = AppContext.BaseDirectory,
        });
        // Otherwise only a published program, or one in Development, has its style sheets.
        builder.WebHost.UseStaticWebAssets();
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // A port that is taken is told in one line, not by a stack.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        return builder;
    }

    private static WebApplication Build(WebApplicationBuilder builder, ConsoleOptions options, UserStore users)
    {
        builder.WebHost.UseUrls(options.Url);
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ClusterGateway>();
        services.AddSingleton<RateHistory>();
        services.AddSingleton<HistoryKeeper>();
        services.AddHostedService(static provider => provider.GetRequiredService<HistoryKeeper>());
        services.AddSingleton<RateRecorder>();
        services.AddSingleton<ClusterReader>();
        services.AddSingleton<ClusterPoller>();
        services.AddHostedService(static provider => provider.GetRequiredService<ClusterPoller>());
        services.AddScoped<ClusterActions>();
        LoginEndpoints.AddServices(services, users);
        services.AddScoped<Preferences>();
        services.AddMessages();
        services.AddHttpContextAccessor();
        services.AddRazorComponents().AddInteractiveServerComponents(static circuit =>
        {
            circuit.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(1);
            circuit.DisconnectedCircuitMaxRetained = 20;
            // A body of the usual limit, typed or pasted into the form that sends it, comes as one message.
        }).AddHubOptions(static hub => hub.MaximumReceiveMessageSize = 16 * 1024 * 1024);
        services.AddMudServices();
        // Keys of forms live as long as the process: nothing of it is kept on disk.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();

        var app = builder.Build();
        app.Use(SiteGuard.Create(options.Url));
        app.Use(static (context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = SecurityPolicy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return next(context);
        });
        app.UseStatusCodePagesWithReExecute("/not-found");
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapStaticAssets().AllowAnonymous();
        app.MapGet("/health", static context => context.Response.WriteAsync("ok")).AllowAnonymous();
        LoginEndpoints.Map(app);
        app.MapMessageDownloads();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(static mode => mode.ContentSecurityFrameAncestorsPolicy = "'none'");
        return app;
    }
}
