using System.Globalization;
using System.Net;

namespace RocketAspire.Server;

/// <summary>The arguments after the command's name: the flags of mqnamesrv and mqbroker, and a few of ours.</summary>
internal sealed record CommandLine
{
    public string? ConfigFile { get; init; }

    public string? NameServers { get; init; }

    public bool PrintConfig { get; init; }

    public bool Help { get; init; }

    /// <summary>Ours: serve /health and /alive over HTTP on this port; null leaves HTTP out of the process.</summary>
    public int? HealthPort { get; init; }

    /// <summary>Ours: take commands that slow, fill or cut off this node, on a Unix socket.</summary>
    public bool FaultControl { get; init; }

    /// <summary>The socket; null: <c>fault.sock</c> in the store's folder.</summary>
    public string? FaultSocket { get; init; }

    /// <summary>Ours: the address of a DLedger group that only its leader listens on.</summary>
    public IPEndPoint? LeaderAddress { get; init; }

    /// <summary>The proxy's listener.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>What the proxy tells clients as its addresses, as <c>host:port</c>, with commas between.</summary>
    public string? Advertise { get; init; }

    /// <summary>The proxy's <c>rmq-proxy.json</c>.</summary>
    public string? ProxyConfigFile { get; init; }

    /// <summary>Apache's proxy: <c>cluster</c> or <c>local</c>.</summary>
    public string? ProxyMode { get; init; }

    /// <summary>Ours: the proxy asks its clients for accounts of this <c>plain_acl.yml</c>.</summary>
    public string? AclFile { get; init; }

    /// <summary>Ours: a DLedger node's log becomes its group's, whatever the others hold.</summary>
    public bool ForceNewGroup { get; init; }

    /// <exception cref="CommandException">An argument that can't be understood.</exception>
    public static CommandLine Parse(string command, ReadOnlySpan<string> args)
    {
        var line = new CommandLine();
        for (var i = 0; i < args.Length; i++)
        {
            var (name, inline) = Split(args[i]);
            switch (name)
            {
                case "-c" or "--configFile" when command != "proxy":
                    line = line with { ConfigFile = inline ?? Next(command, args, ref i) };
                    break;
                case "-n" or "--namesrvAddr":
                    line = line with { NameServers = inline ?? Next(command, args, ref i) };
                    break;
                case "-p" or "--printConfigItem" or "-m" or "--printImportantConfig" when command != "proxy":
                    line = line with { PrintConfig = true };
                    break;
                case "-h" or "--help":
                    line = line with { Help = true };
                    break;
                case "--health-port":
                    line = line with { HealthPort = Port(command, inline ?? Next(command, args, ref i)) };
                    break;
                case "--listen" when command == "proxy":
                    line = line with { Listen = Endpoint(command, name, inline ?? Next(command, args, ref i)) };
                    break;
                case "--advertise" when command == "proxy":
                    line = line with { Advertise = HostsAndPorts(command, name, inline ?? Next(command, args, ref i)) };
                    break;
                case "-pc" or "--proxyConfigPath" when command == "proxy":
                    line = line with { ProxyConfigFile = inline ?? Next(command, args, ref i) };
                    break;
                case "-pm" or "--proxyMode" when command == "proxy":
                    line = line with { ProxyMode = inline ?? Next(command, args, ref i) };
                    break;
                case "--acl" when command == "proxy":
                    line = line with { AclFile = inline ?? Next(command, args, ref i) };
                    break;
                case "--fault-control" when command == "broker":
                    line = line with { FaultControl = true, FaultSocket = inline };
                    break;
                case "--leader-address" when command == "broker":
                    line = line with { LeaderAddress = Endpoint(command, name, inline ?? Next(command, args, ref i)) };
                    break;
                case "--force-new-group" when command == "broker":
                    line = line with { ForceNewGroup = true };
                    break;
                default:
                    throw new CommandException(ExitCode.Configuration, $"{command}: unknown argument '{args[i]}' (see {command} -h)");
            }
        }

        return line;
    }

    private static (string Name, string? Value) Split(string argument)
    {
        var at = argument.StartsWith("--", StringComparison.Ordinal) ? argument.IndexOf('=') : -1;
        return at < 0 ? (argument, null) : (argument[..at], argument[(at + 1)..]);
    }

    private static string Next(string command, ReadOnlySpan<string> args, ref int i)
    {
        var name = args[i];
        if (++i < args.Length) return args[i];
        throw new CommandException(ExitCode.Configuration, $"{command}: {name} needs a value (see {command} -h)");
    }

    private static IPEndPoint Endpoint(string command, string name, string text)
    {
        if (IPEndPoint.TryParse(text, out var endpoint) && endpoint.Port > 0) return endpoint;
        throw new CommandException(ExitCode.Configuration, $"{command}: {name}: '{text}' is not ip:port");
    }

    private static string HostsAndPorts(string command, string name, string text)
    {
        return Array.TrueForAll(text.Split(','), static one =>
        {
            var colon = one.LastIndexOf(':');
            return colon > 0 && !one.Contains('/') && ushort.TryParse(one.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0;
        })
            ? text
            : throw new CommandException(ExitCode.Configuration, $"{command}: {name}: '{text}' is not host:port");
    }

    private static int Port(string command, string text)
    {
        if (ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0) return port;
        throw new CommandException(ExitCode.Configuration, $"{command}: --health-port: '{text}' is not a port from 1 to 65535");
    }
}
