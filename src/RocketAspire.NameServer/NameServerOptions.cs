using System.Globalization;
using System.Net;
using RocketAspire.Protocol.Config;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer;

/// <summary>How a name server starts.</summary>
public sealed record NameServerOptions
{
    public const int DefaultPort = 9876;

    /// <summary>Where to listen; port 0 takes any free one.</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [new(IPAddress.Any, DefaultPort)];

    /// <summary>The file that keeps the KV configuration over restarts; null keeps it in memory only.</summary>
    public string? KvConfigPath { get; init; }

    /// <summary>The file to which changed settings are written; null keeps them in memory only.</summary>
    public string? ConfigStorePath { get; init; }

    public NameServerSettings Settings { get; init; } = new();

    /// <summary>A broker that says no other time of its own counts as dead after this. Apache: 120 s.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How often dead brokers are looked for. Apache: 5 s.</summary>
    public TimeSpan ScanInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>TLS on the port and towards brokers; null: none.</summary>
    public TlsSettings? Tls { get; init; }

    public RemotingServerOptions Remoting { get; init; } = new();

    /// <summary>Reads the keys of a namesrv properties file: listenPort, bindAddress, kvConfigPath, configStorePath and the switches of <see cref="NameServerSettings"/>.</summary>
    /// <param name="properties">Key and value pairs.</param>
    /// <param name="problems">Takes one line for each key that can't be used; those keys are left at their defaults.</param>
    public static NameServerOptions Read(IEnumerable<KeyValuePair<string, string>> properties, ICollection<string> problems)
    {
        var options = new NameServerOptions();
        var address = IPAddress.Any;
        var port = DefaultPort;
        foreach (var (key, value) in properties)
        {
            switch (key)
            {
                case "listenPort":
                    if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out port) || port > ushort.MaxValue)
                    {
                        problems.Add($"listenPort = {value}: not a port (0 to 65535)");
                        port = DefaultPort;
                    }

                    break;
                case "bindAddress":
                    if (IPAddress.TryParse(value, out var parsed)) address = parsed;
                    else problems.Add($"bindAddress = {value}: not an IP address");
                    break;
                case "kvConfigPath":
                    options = options with { KvConfigPath = value };
                    break;
                case "configStorePath":
                    options = options with { ConfigStorePath = value };
                    break;
                case "rocketmqHome":
                    break;
                default:
                    if (options.Settings.TryWith(key, value, out var changed, out var problem)) options = options with { Settings = changed };
                    else problems.Add(problem);
                    break;
            }
        }

        return options with { Listen = [new IPEndPoint(address, port)] };
    }
}
