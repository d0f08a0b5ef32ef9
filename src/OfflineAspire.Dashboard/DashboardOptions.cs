using System.Net;

namespace OfflineAspire.Dashboard;

/// <summary>What the dashboard is told when it starts, by the names of Aspire's standalone dashboard.</summary>
public sealed record DashboardOptions
{
    /// <summary>Where people open it.</summary>
    public Uri Url { get; init; } = new("http://127.0.0.1:18888");

    /// <summary>Where telemetry comes in by gRPC; null for nowhere.</summary>
    public Uri? OtlpGrpcUrl { get; init; } = new("http://127.0.0.1:18889");

    /// <summary>Where telemetry comes in by HTTP; null for nowhere.</summary>
    public Uri? OtlpHttpUrl { get; init; } = new("http://127.0.0.1:18890");

    /// <summary>Asked for at the login; null lets everybody in.</summary>
    public string? BrowserToken { get; init; }

    /// <summary>Those that telemetry must come with, one of them; none lets everything in.</summary>
    public IReadOnlyList<string> OtlpApiKeys { get; init; } = [];

    /// <summary>Where the AppHost tells of its resources; null shows telemetry alone.</summary>
    public Uri? ResourceServiceUrl { get; init; }

    public string? ResourceServiceApiKey { get; init; }

    /// <summary>How many log records are kept, how many traces, and how many series of measurements.</summary>
    public TelemetryLimits Limits { get; init; } = new();

    /// <summary>Reads the environment and switches.</summary>
    /// <param name="configuration">As the host collects it.</param>
    /// <param name="problem">One line that says what is wrong and what is allowed; null when nothing is.</param>
    public static DashboardOptions? Read(IConfiguration configuration, out string? problem)
    {
        var urls = (configuration["ASPNETCORE_URLS"] ?? configuration["urls"] ?? "http://127.0.0.1:18888").Split(';')[0];
        // Unset is the usual address, empty is none.
        var grpc = Either(configuration, "DASHBOARD_OTLP_ENDPOINT_URL") ?? "http://127.0.0.1:18889";
        var http = Either(configuration, "DASHBOARD_OTLP_HTTP_ENDPOINT_URL") ?? "http://127.0.0.1:18890";
        var service = Either(configuration, "RESOURCE_SERVICE_ENDPOINT_URL") ?? configuration["Dashboard:ResourceServiceClient:Url"];
        var anonymous = IsTrue(Either(configuration, "DASHBOARD_UNSECURED_ALLOW_ANONYMOUS"));
        var token = configuration["Dashboard:Frontend:BrowserToken"];
        var open = anonymous || configuration["Dashboard:Frontend:AuthMode"] is "Unsecured";
        var keys = new[] { configuration["Dashboard:Otlp:PrimaryApiKey"], configuration["Dashboard:Otlp:SecondaryApiKey"] }.OfType<string>().Where(static k => k.Length > 0).ToList();
        problem = null;
        foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)[("ASPNETCORE_URLS", urls), ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", grpc), ("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", http), ("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", service)])
        {
            if (!string.IsNullOrEmpty(value) && !IsHttp(value)) problem ??= $"{name}: '{value}' is not an address such as http://127.0.0.1:18888";
        }

        if (problem is not null) return null;
        if (open && !IsLoopback(new Uri(urls))) problem = $"ASPNETCORE_URLS: {urls} can be reached from other machines, so it needs a login: set DASHBOARD__FRONTEND__BROWSERTOKEN";
        else if (keys.Count == 0 && new[] { grpc, http }.FirstOrDefault(static u => u.Length > 0 && !IsLoopback(new Uri(u))) is { } reached)
            problem = $"telemetry at {reached} could come from other machines, so it needs a key: set DASHBOARD__OTLP__PRIMARYAPIKEY";
        if (problem is not null) return null;
        return new DashboardOptions
        {
            Url = new Uri(urls),
            OtlpGrpcUrl = grpc.Length == 0 ? null : new Uri(grpc),
            OtlpHttpUrl = http.Length == 0 ? null : new Uri(http),
            BrowserToken = open ? null : string.IsNullOrEmpty(token) ? Login.Tokens.New() : token,
            OtlpApiKeys = configuration["Dashboard:Otlp:AuthMode"] is "Unsecured" ? [] : keys,
            ResourceServiceUrl = string.IsNullOrEmpty(service) ? null : new Uri(service),
            ResourceServiceApiKey = configuration["Dashboard:ResourceServiceClient:ApiKey"],
            Limits = TelemetryLimits.Read(configuration),
        };
    }

    public static bool IsLoopback(Uri url) => url.Host == "localhost" || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool IsHttp(string value) => Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp;

    private static bool IsTrue(string? value) => value is "1" || string.Equals(value, "true", StringComparison.OrdinalIgnoreCase);

    private static string? Either(IConfiguration configuration, string name) => configuration["ASPIRE_" + name] ?? configuration["DOTNET_" + name];
}

/// <summary>How much telemetry is kept; what is older goes.</summary>
public sealed record TelemetryLimits
{
    private const int Most = 1_000_000;

    public int Logs { get; init; } = 10_000;

    public int Traces { get; init; } = 10_000;

    /// <summary>Over all traces.</summary>
    public int Spans { get; init; } = 100_000;

    /// <summary>Of one trace; what comes after isn't kept.</summary>
    public int SpansOfTrace { get; init; } = 5_000;

    /// <summary>A series is one instrument of one resource with one set of attributes.</summary>
    public int Series { get; init; } = 10_000;

    /// <summary>Of one series; over all of them <see cref="Numbers"/> counts.</summary>
    public int PointsOfSeries { get; init; } = 600;

    /// <summary>Of all series together: a point of a histogram has one a bucket.</summary>
    public int Numbers { get; init; } = 2_000_000;

    /// <summary>Characters of one value; what is longer is cut.</summary>
    public int TextLength { get; init; } = 32 * 1024;

    /// <summary>Attributes of one record.</summary>
    public int Attributes { get; init; } = 128;

    internal static TelemetryLimits Read(IConfiguration configuration) => new()
    {
        Logs = Number(configuration, "MaxLogCount", 10_000),
        Traces = Number(configuration, "MaxTraceCount", 10_000),
        Series = Number(configuration, "MaxMetricsCount", 10_000),
        Attributes = Number(configuration, "MaxAttributeCount", 128),
        TextLength = Number(configuration, "MaxAttributeLength", 32 * 1024),
    };

    private static int Number(IConfiguration configuration, string name, int otherwise) =>
        int.TryParse(configuration["Dashboard:TelemetryLimits:" + name], out var number) ? Math.Clamp(number, 1, Most) : otherwise;
}
