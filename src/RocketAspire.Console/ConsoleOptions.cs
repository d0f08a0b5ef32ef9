using System.Net;
using RocketAspire.Client;

namespace RocketAspire.Console;

/// <summary>What the console is told when it starts.</summary>
public sealed record ConsoleOptions
{
    public const string DefaultUrl = "http://127.0.0.1:8082";

    /// <summary>Name servers as <c>ip:port</c>.</summary>
    public required IReadOnlyList<string> NameServers { get; init; }

    /// <summary>Where it listens.</summary>
    public string Url { get; init; } = DefaultUrl;

    /// <summary>The file of users; null: everybody who reaches the port may do everything.</summary>
    public string? Auth { get; init; }

    /// <summary>Changes are hidden, and refused.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>How often the cluster is asked how it is. One poller serves all pages.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Reads switches, environment and appsettings.json.</summary>
    /// <param name="configuration"><c>namesrv</c>, <c>urls</c>, <c>read-only</c>, <c>auth</c>.</param>
    /// <param name="problem">One line that says what is wrong and what is allowed; null when nothing is.</param>
    public static ConsoleOptions? Read(IConfiguration configuration, out string? problem)
    {
        var given = configuration["namesrv"] ?? configuration["ConnectionStrings:rocketmq"] ?? configuration["NAMESRV_ADDR"] ?? "127.0.0.1:9876";
        if (!NameServerList.TryParse(given, out var nameServers, out problem))
        {
            problem = $"--namesrv: {problem}";
            return null;
        }

        var url = configuration["urls"] ?? DefaultUrl;
        problem = CheckUrl(url);
        if (problem is not null) return null;
        var readOnly = configuration["read-only"];
        if (readOnly is not (null or "" or "true" or "false"))
        {
            problem = $"--read-only: '{readOnly}' is neither true nor false";
            return null;
        }

        return new ConsoleOptions { NameServers = nameServers, Url = url, ReadOnly = readOnly == "true", Auth = configuration["auth"] is { Length: > 0 } auth ? Path.GetFullPath(auth) : null };
    }

    /// <summary>What people should know of where it listens; null when nothing is to be said.</summary>
    public string? Warning
    {
        get
        {
            if (IsLoopback(Host(Url))) return null;
            return Auth is null
                ? $"warning: {Url} can be reached from other machines, and there is no login: who reaches it may change everything; give --auth FILE, or --read-only true"
                : $"warning: {Url} can be reached from other machines, and passwords travel in clear: put a proxy with TLS before it";
        }
    }

    private static string? CheckUrl(string url) => Host(url) is null ? $"--urls: '{url}' is not one address such as {DefaultUrl}" : null;

    /// <summary>Null when it is no address that can be listened on. A star, which no URL has, stands for all of this machine's.</summary>
    private static string? Host(string url) =>
        Uri.TryCreate(url.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp ? uri.Host : null;

    private static bool IsLoopback(string? host) => host == "localhost" || (IPAddress.TryParse(host?.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
