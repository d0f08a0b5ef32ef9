using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using RocketAspire.Chaos.Cluster;
using RocketAspire.Chaos.Report;

namespace RocketAspire.Chaos.Faults;

/// <summary>Connections of nobody's to all ports of a node, with bytes that begin well or not at all.</summary>
internal sealed class Garbage(ChaosCluster cluster, Timeline timeline)
{
    private const int Connections = 12;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public async Task RunAsync(FaultEvent fault, CancellationToken healNow)
    {
        var random = new Random(fault.Choice);
        var broker = cluster.Brokers[random.Next(cluster.Brokers.Length)];
        var ports = cluster.Topology.Ports().Where(p => p.Node == broker.Name).Select(static p => p.Port).ToArray();
        timeline.Say($"{FaultKinds.NameOf(fault.Kind)}: {Connections} connections to {broker.Name}");
        for (var i = 0; i < Connections && !healNow.IsCancellationRequested; i++)
        {
            var bytes = Bytes(random);
            await SendAsync(new IPEndPoint(IPAddress.Parse(broker.Node.Host), ports[random.Next(ports.Length)]), bytes, random.Next(3)).ConfigureAwait(false);
        }
    }

    /// <summary>Random bytes, zeros, frames cut short, frames that claim gigabytes, frames with a code that nobody has.</summary>
    private static byte[] Bytes(Random random)
    {
        var bytes = new byte[random.Next(1, 4_000)];
        switch (random.Next(5))
        {
            case 0:
                return bytes;
            case 1:
                random.NextBytes(bytes);
                return bytes;
            case 2:
                return [0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 2, .. "{}"u8];
            case 3:
                return [0, 0, 1, 0, 0, 0xff, 0xff, 0xff, .. bytes];
            default:
                var header = """{"code":31999,"language":"JAVA","version":399,"opaque":1,"flag":0,"extFields":{"a":"b"}}"""u8;
                var frame = new byte[8 + header.Length];
                BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
                BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), header.Length);
                header.CopyTo(frame.AsSpan(8));
                return random.Next(2) == 0 ? frame[..random.Next(1, frame.Length)] : [.. frame, .. frame, .. frame];
        }
    }

    /// <param name="to">The port.</param>
    /// <param name="bytes">What is sent.</param>
    /// <param name="ending">0: closed at once; 1: closed hard; 2: left open for a moment.</param>
    private static async Task SendAsync(IPEndPoint to, byte[] bytes, int ending)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(to, limit.Token).ConfigureAwait(false);
            await socket.SendAsync(bytes, limit.Token).ConfigureAwait(false);
            if (ending == 1) socket.LingerState = new LingerOption(true, 0);
            if (ending == 2) await socket.ReceiveAsync(new byte[64], limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The node is down, or doesn't want this: both are fine.
        }
    }
}
