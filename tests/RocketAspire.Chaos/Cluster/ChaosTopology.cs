using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Chaos.Cluster;

/// <summary>The topologies that can be broken, and how they are set so that little load reaches many corners.</summary>
internal static class ChaosTopology
{
    public const string TopicName = "Chaos";
    public const int QueuesPerGroup = 4;
    private const string ClusterName = "ChaosCluster";

    public static ImmutableArray<string> Names { get; } = ["2m-2s-sync", "2m-2s-async", "dledger", "dledger-5"];

    /// <summary>Plans the nodes on a loopback address of their own, so that nobody's ports meet theirs.</summary>
    /// <param name="topology">One of <see cref="Names"/>.</param>
    /// <param name="seed">Of the sizes of files.</param>
    /// <param name="folder">The run's folder; each node gets one in it, with its file.</param>
    public static ClusterTopology Place(string topology, int seed, string folder)
    {
        var random = new Random(seed);
        // Small files: many ends of files, with their blank records, in a short run.
        var logFile = (1 << random.Next(3)) * 1024 * 1024;
        var queueFile = 20 * random.Next(200, 5_000);
        var plan = Plan(topology) with
        {
            Settings =
            [
                Set("mappedFileSizeCommitLog", logFile), Set("mappedFileSizeConsumeQueue", queueFile),
                Set("maxHashSlotNum", 1_000), Set("maxIndexNum", random.Next(500, 5_000)),
                // A topic that gets lost is to be missed, not made again.
                new BrokerSetting(null, "autoCreateTopicEnable", "false"),
            ],
        };
        var placed = TopologyPlanner.Place(plan, new LocalPlacement(FreeHost(plan), 0, folder), out var problems)
            ?? throw new InvalidOperationException(string.Join(Environment.NewLine, problems));
        foreach (var node in placed.NameServers) Write(Path.Combine(folder, node.Name), "namesrv.conf", node.Conf.Write());
        foreach (var node in placed.Brokers) Write(Path.Combine(folder, node.Name), "broker.conf", node.Conf.Write());
        return placed;
    }

    private static ClusterPlan Plan(string topology) => topology switch
    {
        "dledger-5" => new ClusterPlan { ClusterName = ClusterName, NameServers = 3, Groups = [new DLedgerGroup("broker-a", 5)] },
        _ => ClusterPlan.Named(topology, ClusterName) ?? throw new ArgumentOutOfRangeException(nameof(topology), topology, "no such topology"),
    };

    private static BrokerSetting Set(string key, int value) => new(null, key, value.ToString(CultureInfo.InvariantCulture));

    private static void Write(string folder, string name, string text)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, name), text);
    }

    private static string FreeHost(ClusterPlan plan)
    {
        // All of 127.0.0.0/8 is this machine (on Linux): two runs at a time have other processes, so other addresses.
        for (var block = 64; block < 128; block++)
        {
            var id = Environment.ProcessId;
            var host = string.Create(CultureInfo.InvariantCulture, $"127.{block}.{(id >> 8) & 255}.{Math.Clamp(id & 255, 1, 254)}");
            var ports = TopologyPlanner.Place(plan, new LocalPlacement(host, 0, "/"), out _)!.Ports();
            if (ports.All(p => IsFree(host, p.Port))) return host;
        }

        throw new InvalidOperationException("no loopback address has the ports free that the cluster needs");
    }

    private static bool IsFree(string host, int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse(host), port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
