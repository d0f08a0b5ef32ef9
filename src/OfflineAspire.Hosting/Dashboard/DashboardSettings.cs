using System.Reflection;
using System.Security.Cryptography;
using Aspire.Hosting;
using Microsoft.Extensions.Configuration;

namespace OfflineAspire;

/// <summary>Whether an AppHost has a dashboard, which, and where; by Aspire's own names of settings where it has them.</summary>
internal sealed record DashboardSettings
{
    /// <summary>Written into the AppHost by OfflineAspire.Dashboard.targets: the built dashboard's assembly.</summary>
    public const string Metadata = "offlineaspiredashboard";

    /// <summary>Switches it off, as <c>DisableDashboard</c> of the options does.</summary>
    public const string DisabledKey = "AppHost:DisableDashboard";

    /// <summary>An image to be run in its place.</summary>
    public const string ImageKey = "AppHost:DashboardImage";

    private const string DefaultUrl = "http://127.0.0.1:18888";
    private const string DefaultOtlpGrpcUrl = "http://127.0.0.1:18889";
    private const string DefaultOtlpHttpUrl = "http://127.0.0.1:18890";
    private const int SecretBytes = 16;

    /// <summary>The built dashboard; null where there is none.</summary>
    public string? Assembly { get; private init; }

    /// <summary>The image that is run instead; null for our own.</summary>
    public string? Image { get; private init; }

    public bool IsEnabled => Image is not null || Assembly is not null;

    /// <summary>Where people open it: one address or several, parted by semicolons.</summary>
    public string Url { get; private init; } = DefaultUrl;

    /// <summary>Null when telemetry goes to nobody.</summary>
    public string? OtlpGrpcUrl { get; private init; }

    public string? OtlpHttpUrl { get; private init; }

    /// <summary>Sent by those who export telemetry; null when nobody asks for it.</summary>
    public string? OtlpApiKey { get; private init; }

    /// <summary>What the login asks for; null lets everybody in.</summary>
    public string? BrowserToken { get; private init; }

    /// <summary>Where resources are told to the dashboard; port 0 for any.</summary>
    public Uri ResourceServiceUrl { get; private init; } = new("http://127.0.0.1:0");

    public string ResourceServiceApiKey { get; private init; } = NewSecret();

    public string ApplicationName { get; private init; } = "AppHost";

    /// <param name="configuration">The AppHost's, environment and switches among it.</param>
    /// <param name="isDisabled">Whether the options of the AppHost say so.</param>
    /// <param name="appHost">Names the built dashboard.</param>
    /// <param name="applicationName">Shown as the title.</param>
    public static DashboardSettings Read(IConfiguration configuration, bool isDisabled, Assembly? appHost, string applicationName)
    {
        bool isOn = !isDisabled && !IsTrue(configuration[DisabledKey]);
        string? image = isOn && configuration[ImageKey] is { Length: > 0 } wanted ? wanted : null;
        string? assembly = isOn ? configuration["ASPIRE_DASHBOARD_PATH"] ?? configuration["DcpPublisher:DashboardPath"] ?? Built(appHost) : null;
        assembly = File.Exists(assembly) ? assembly : null;
        bool runs = image is not null || assembly is not null;
        string? grpc = Value(configuration, "DASHBOARD_OTLP_ENDPOINT_URL");
        string? http = Value(configuration, "DASHBOARD_OTLP_HTTP_ENDPOINT_URL");
        string? key = configuration["AppHost:OtlpApiKey"];
        return new()
        {
            Assembly = assembly,
            Image = image,
            Url = configuration["ASPNETCORE_URLS"] ?? DefaultUrl,
            OtlpGrpcUrl = grpc ?? (runs ? DefaultOtlpGrpcUrl : null),
            OtlpHttpUrl = http ?? (runs ? DefaultOtlpHttpUrl : null),
            OtlpApiKey = runs ? key ?? NewSecret() : key,
            BrowserToken = IsTrue(Value(configuration, "DASHBOARD_UNSECURED_ALLOW_ANONYMOUS")) ? null
                : configuration["AppHost:BrowserToken"] ?? Value(configuration, "DASHBOARD_FRONTEND_BROWSERTOKEN") ?? NewSecret(),
            ResourceServiceUrl = new(Value(configuration, "RESOURCE_SERVICE_ENDPOINT_URL") ?? "http://127.0.0.1:0"),
            ResourceServiceApiKey = configuration["AppHost:ResourceService:ApiKey"] ?? Value(configuration, "DASHBOARD_RESOURCESERVICE_APIKEY") ?? NewSecret(),
            ApplicationName = applicationName,
        };
    }

    private static string? Built(Assembly? appHost) => appHost?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == Metadata)?.Value;

    // Today's name first, then the one that it had before.
    private static string? Value(IConfiguration configuration, string name) => configuration["ASPIRE_" + name] ?? configuration["DOTNET_" + name];

    private static bool IsTrue(string? value) => value is "1" || string.Equals(value, "true", StringComparison.OrdinalIgnoreCase);

    private static string NewSecret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
}
