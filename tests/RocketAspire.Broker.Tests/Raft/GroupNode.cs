using System.Text;
using RocketAspire.Broker.Raft;
using RocketAspire.Faults;
using RocketAspire.Protocol.Messages;
using RocketAspire.Remoting;
using RocketAspire.Store;
using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft;

/// <summary>One node of a <see cref="TestGroup"/>, over its lives.</summary>
internal sealed class GroupNode(RaftPeer peer, IReadOnlyList<RaftPeer> peers, string nameServer, GroupLog log, Func<BrokerOptions, BrokerOptions> change)
{
    private readonly int _port = FreePorts.Next();

    public RaftPeer Peer => peer;

    public PowerLossDevice Device { get; set; } = new();

    /// <summary>Its connections to peers and name server, in its present life.</summary>
    public FaultyNetwork Network { get; private set; } = new(TimeProvider.System);

    /// <summary>Null while it doesn't run.</summary>
    public BrokerNode? Broker { get; private set; }

    public string Address => $"127.0.0.1:{_port}";

    public async Task StartAsync(bool forceNewGroup = false)
    {
        Network = new FaultyNetwork(TimeProvider.System);
        var options = change(new BrokerOptions
        {
            BrokerName = "broker-a",
            ListenPort = _port,
            NameServers = [nameServer],
            PeerNetwork = Network,
            Store = TestBroker.StoreIn("/" + peer.Id) with { Confirm = ConfirmMode.Manual, Flush = Store.FlushDiskType.Sync, BootId = static () => "boot" },
            Raft = new RaftGroupOptions { Group = "broker-a", SelfId = peer.Id, Peers = peers, ForceNewGroup = forceNewGroup },
        });
        Broker = await BrokerNode.StartAsync(options, log, TimeProvider.System, Device, TestContext.Current.CancellationToken);
    }

    /// <summary>As an administrator stops it.</summary>
    public async Task StopAsync()
    {
        var broker = Broker;
        Broker = null;
        if (broker is not null) await broker.DisposeAsync();
    }

    /// <summary>As kill -9 does: connections break, what was written is on its disk. With the power it would be less: see <see cref="LosePowerAsync"/>.</summary>
    public Task KillAsync() => EndAsync(static device => device.ProcessKilled());

    /// <summary>The machine stops: what was not synced may be gone.</summary>
    public Task LosePowerAsync() => EndAsync(static device =>
    {
        device.PowerOff();
        return device.PowerCycle();
    });

    /// <summary>Its disk is replaced by an empty one; while it is down.</summary>
    public void Wipe() => Device = new PowerLossDevice();

    public List<string> Bodies(string topic, int queueId)
    {
        var store = Broker!.Store;
        var bodies = new List<string>();
        var at = store.QueueBounds(topic, queueId).Min;
        while (store.ReadQueue(topic, queueId, at, 1000, 1 << 20, null) is { Status: QueueReadStatus.Found } read)
        {
            bodies.AddRange(MessageRecordCodec.DecodeAll(read.Body).Select(static record => Encoding.UTF8.GetString(record.Body.Span)));
            at = read.NextBeginOffset;
        }

        return bodies;
    }

    public byte[] LogBytes()
    {
        var store = Broker!.Store;
        var bytes = new byte[store.MaxPhysicalOffset - store.MinPhysicalOffset];
        for (var at = 0; at < bytes.Length;) at += Math.Max(1, store.ReadRaw(store.MinPhysicalOffset + at, bytes.AsSpan(at)));
        return bytes;
    }

    private async Task EndAsync(Func<PowerLossDevice, PowerLossDevice> next)
    {
        var broker = Broker;
        Broker = null;
        if (broker is null) return;
        log.Say($"{peer.Id} is killed");
        foreach (var everybody in (string[])[FaultyNetwork.AllPeers, PeerNetwork.NameServer]) Network.Change(everybody, static faults => faults with { IsRefused = true });
        Device = next(Device);
        await broker.DisposeAsync();
    }
}
