using System.Globalization;
using System.Net;
using RocketAspire.Client;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;

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

    /// <summary>The account that requests are signed with; null: they are not.</summary>
    public AclCredentials? Credentials { get; init; }

    /// <summary>TLS towards name servers and brokers: encryption, not proof of who is there, as Apache's default.</summary>
    public bool Tls { get; init; }

    /// <summary>Asks brokers at their VIP port.</summary>
    public bool VipChannel { get; init; }

    /// <summary>Where history is kept; null: nowhere.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Changes are hidden, and refused.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>How often the cluster is asked how it is. One poller serves all pages.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Reads switches, environment and appsettings.json.</summary>
    /// <param name="configuration"><c>namesrv</c>, <c>urls</c>, <c>read-only</c>, <c>auth</c>, <c>account</c>, <c>access-key</c>, <c>secret-key</c>, <c>tls</c>, <c>vip</c>, <c>data</c>, <c>poll</c> (seconds).</param>
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
        foreach (var name in (string[])["read-only", "tls", "vip"])
        {
            if (configuration[name] is null or "" or "true" or "false") continue;
            problem = $"--{name}: '{configuration[name]}' is neither true nor false";
            return null;
        }

        if (!double.TryParse(configuration["poll"] ?? "2", NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || seconds is < 0.2 or > 60)
        {
            problem = $"--poll: '{configuration["poll"]}' is no number of seconds from 0.2 to 60";
            return null;
        }

        var credentials = ReadAccount(configuration, out problem);
        if (problem is not null) return null;
        return new ConsoleOptions
        {
            NameServers = nameServers,
            Url = url,
            ReadOnly = configuration["read-only"] == "true",
            Tls = configuration["tls"] == "true",
            VipChannel = configuration["vip"] == "true",
            Credentials = credentials,
            PollInterval = TimeSpan.FromSeconds(seconds),
            DataFolder = DataOf(configuration["data"]),
            Auth = configuration["auth"] is { Length: > 0 } auth ? Path.GetFullPath(auth) : null,
        };
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

    private static string? DataOf(string? given)
    {
        if (given == "off") return null;
        if (!string.IsNullOrEmpty(given)) return Path.GetFullPath(given);
        var own = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return own.Length == 0 ? null : Path.Combine(own, "RocketAspire", "console");
    }

    /// <summary>From a file as Apache's tools.yml, so that it stands in no list of processes; else from switches or the environment.</summary>
    private static AclCredentials? ReadAccount(IConfiguration configuration, out string? problem)
    {
        problem = null;
        if (configuration["account"] is { Length: > 0 } file)
        {
            try
            {
                if (ToolsFile.Parse(File.ReadAllText(file)) is { } account) return account;
                problem = $"--account: {file} has not both of the lines accessKey: NAME and secretKey: SECRET";
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problem = $"--account: {e.Message.ReplaceLineEndings(" ")}";
            }

            return null;
        }

        var (name, secret) = (configuration["access-key"] ?? configuration["ROCKETMQ_ACCESS_KEY"], configuration["secret-key"] ?? configuration["ROCKETMQ_SECRET_KEY"]);
        if (string.IsNullOrEmpty(name) && string.IsNullOrEmpty(secret)) return null;
        if (!string.IsNullOrEmpty(name) && !string.IsNullOrEmpty(secret)) return new AclCredentials(name, secret);
        problem = $"--access-key and --secret-key belong together (or ROCKETMQ_ACCESS_KEY and ROCKETMQ_SECRET_KEY, or --account FILE): {(string.IsNullOrEmpty(name) ? "the first" : "the second")} is missing";
        return null;
    }

    private static string? CheckUrl(string url) => Host(url) is null ? $"--urls: '{url}' is not one address such as {DefaultUrl}" : null;

    /// <summary>Null when it is no address that can be listened on. A star, which no URL has, stands for all of this machine's.</summary>
    private static string? Host(string url) =>
        Uri.TryCreate(url.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp ? uri.Host : null;

    private static bool IsLoopback(string? host) => host == "localhost" || (IPAddress.TryParse(host?.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
