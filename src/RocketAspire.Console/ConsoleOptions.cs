using System.Globalization;
using System.Net;
using RocketAspire.Client;

namespace RocketAspire.Console;

/// <summary>What the console is told when it starts.</summary>
public sealed record ConsoleOptions
{
    public const string DefaultUrl = "http://127.0.0.1:8082";

    /// <summary>Name servers as <c>ip:port</c>.</summary>
    public required IReadOnlyList<string> NameServers { get; init; }

    /// <summary>Where it listens; loopback only.</summary>
    public string Url { get; init; } = DefaultUrl;

    /// <summary>Changes are hidden, and refused.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>How often the cluster is asked how it is. One poller serves all pages.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Reads switches, environment and appsettings.json.</summary>
    /// <param name="configuration"><c>namesrv</c>, <c>urls</c>, <c>read-only</c>.</param>
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

        return new ConsoleOptions { NameServers = nameServers, Url = url, ReadOnly = readOnly == "true" };
    }

    /// <summary>There is no login yet: who reaches the port may do everything, so nobody but this machine may reach it.</summary>
    private static string? CheckUrl(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp) return $"--urls: '{url}' is not one address such as {DefaultUrl}";
        var isLoopback = uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
        return isLoopback ? null : string.Create(CultureInfo.InvariantCulture, $"--urls: {uri.Host} is not this machine's loopback: the console has no login yet, take http://127.0.0.1:{uri.Port}");
    }
}
