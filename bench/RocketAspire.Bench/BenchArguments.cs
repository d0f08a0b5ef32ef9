using System.Globalization;
using RocketAspire.Client;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Bench;

/// <summary>An argument that can't be used; one line.</summary>
internal sealed class BenchArgumentException(string message) : Exception(message);

/// <summary>Reads the command line, as <c>--name value</c> or <c>--name=value</c>.</summary>
internal static class BenchArguments
{
    public const string Usage = """
        usage: RocketAspire.Bench [--namesrv ADDRESSES] [--topic NAME] [--size BYTES] [--senders N] [--seconds N] [--mode MODE] [--consume] ...

          --namesrv ADDRESSES   name servers: ip:port;ip:port (default 127.0.0.1:9876)
          --proxy HOST:PORT     send and receive through this proxy, by gRPC without TLS; name servers are not asked then
          --topic NAME          created when it doesn't exist (default RocketAspireBench)
          --queues N            queues on each broker group of a topic that is created (default 8)
          --size BYTES          body of a message (default 1024)
          --senders N           concurrent senders (default 64)
          --mode MODE           sync: a sender waits for each answer (default); async: it keeps several messages under way; oneway: no answers
          --in-flight N         messages that a sender keeps under way with async (default 16)
          --rate N              messages a second of all senders together (default: as many as go)
          --seconds N           how long (default 30)
          --warmup N            seconds of load before anything is counted (default 0)
          --consume             consume beside it: latency from send to receipt, and whether all that was acknowledged arrived
          --timeout MS          longest wait for an answer (default 3000)
          --headers KIND        rocketmq (binary, default) or json
          --json FILE           write the result there too
          -h, --help            print this and exit
        """;

    /// <exception cref="BenchArgumentException">An argument that can't be understood.</exception>
    public static BenchOptions Parse(ReadOnlySpan<string> args)
    {
        var options = new BenchOptions();
        for (var i = 0; i < args.Length; i++)
        {
            var argument = args[i];
            if (argument is "-h" or "--help") return options with { Help = true };
            var at = argument.StartsWith("--", StringComparison.Ordinal) ? argument.IndexOf('=') : -1;
            var name = at < 0 ? argument : argument[..at];
            if (name == "--consume")
            {
                if (at >= 0) throw new BenchArgumentException("--consume takes no value");
                options = options with { Consume = true };
                continue;
            }

            if (!Known.TryGetValue(name, out var apply)) throw new BenchArgumentException($"unknown argument '{argument}' (see --help)");
            if (at < 0 && i + 1 == args.Length) throw new BenchArgumentException($"{name} needs a value (see --help)");
            options = apply(options, name, at < 0 ? args[++i] : argument[(at + 1)..]);
        }

        if (options.Consume && options.Size < Stamp.Length)
            throw new BenchArgumentException($"--size {options.Size}: with --consume a body needs at least {Stamp.Length} bytes");
        if (options.Lanes > 100_000) throw new BenchArgumentException($"--senders {options.Senders} --in-flight {options.InFlight}: more than 100000 messages under way");
        if (options is { Proxy: not null, Mode: SendMode.Oneway }) throw new BenchArgumentException("--mode oneway: a proxy answers each message");
        return options;
    }

    private static readonly Dictionary<string, Func<BenchOptions, string, string, BenchOptions>> Known = new(StringComparer.Ordinal)
    {
        ["--namesrv"] = static (options, name, value) => options with { NameServers = Addresses(name, value) },
        ["--proxy"] = static (options, name, value) => options with { Proxy = HostAndPort(name, value) },
        ["--topic"] = static (options, name, value) => options with { Topic = Topic(name, value) },
        ["--queues"] = static (options, name, value) => options with { Queues = Number(name, value, 1, 1024) },
        ["--size"] = static (options, name, value) => options with { Size = Number(name, value, 1, BenchOptions.LargestBody) },
        ["--senders"] = static (options, name, value) => options with { Senders = Number(name, value, 1, 100_000) },
        ["--seconds"] = static (options, name, value) => options with { Seconds = Number(name, value, 1, 86_400) },
        ["--warmup"] = static (options, name, value) => options with { Warmup = Number(name, value, 0, 3600) },
        ["--in-flight"] = static (options, name, value) => options with { InFlight = Number(name, value, 1, 10_000) },
        ["--rate"] = static (options, name, value) => options with { Rate = Number(name, value, 1, 100_000_000) },
        ["--timeout"] = static (options, name, value) => options with { Timeout = TimeSpan.FromMilliseconds(Number(name, value, 1, 3_600_000)) },
        ["--json"] = static (options, _, value) => options with { JsonFile = value },
        ["--mode"] = static (options, name, value) => options with
        {
            Mode = value switch
            {
                "sync" => SendMode.Sync,
                "async" => SendMode.Async,
                "oneway" => SendMode.Oneway,
                _ => throw new BenchArgumentException($"{name} '{value}': it must be sync, async or oneway"),
            },
        },
        ["--headers"] = static (options, name, value) => options with
        {
            Headers = value switch
            {
                "rocketmq" => SerializeType.RocketMQ,
                "json" => SerializeType.Json,
                _ => throw new BenchArgumentException($"{name} '{value}': it must be rocketmq or json"),
            },
        },
    };

    private static IReadOnlyList<string> Addresses(string name, string value) =>
        NameServerList.TryParse(value, out var addresses, out var problem) ? addresses : throw new BenchArgumentException($"{name}: {problem}");

    private static string HostAndPort(string name, string value) =>
        Uri.TryCreate("http://" + value, UriKind.Absolute, out var uri) && uri.PathAndQuery == "/" && value.EndsWith(string.Create(CultureInfo.InvariantCulture, $":{uri.Port}"), StringComparison.Ordinal)
            ? value : throw new BenchArgumentException($"{name} '{value}': it must be host:port");

    private static string Topic(string name, string value) =>
        TopicNames.WhyInvalidTopic(value) is { } reason ? throw new BenchArgumentException($"{name}: {reason}") : value;

    private static int Number(string name, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new BenchArgumentException($"{name} '{text}': it must be a number from {least} to {most}");
}
