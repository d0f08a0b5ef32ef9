using System.Globalization;
using Aspire.Hosting;
using RocketAspire.Hosting.Settings;

namespace RocketAspire.Hosting.Engines;

/// <summary>Where Aspire's dashboard of the AppHost's resources is, and whether it runs: told by its own settings, before it is built.</summary>
internal static class ResourceDashboard
{
    private const string AspireImage = "mcr.microsoft.com/dotnet/aspire-dashboard";
    private const string DisabledKey = "AppHost:DisableDashboard";

    private static readonly (string Key, int Port)[] Addresses =
        [("ASPNETCORE_URLS", 18888), ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", 18889), ("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", 18890)];

    /// <param name="app">The AppHost.</param>
    /// <param name="settings">What the user chose.</param>
    /// <param name="portOffset">Added to each port.</param>
    public static void Configure(IDistributedApplicationBuilder app, RocketMQSettings settings, int portOffset)
    {
        if (!settings.Dashboard || settings.Doctor) app.Configuration[DisabledKey] = "true";
        if (settings.AspireDashboard) app.Configuration["AppHost:DashboardImage"] ??= AspireImage;
        foreach (var (key, port) in Addresses) app.Configuration[key] ??= string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port + portOffset}");
    }
}
