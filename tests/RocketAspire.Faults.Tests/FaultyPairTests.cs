using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Broker;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;
using RocketAspire.TestSupport;
using FlushDiskType = RocketAspire.Store.FlushDiskType;

namespace RocketAspire.Faults.Tests;

/// <summary>A synchronous master and its slave, whole brokers, each with faults of its own.</summary>
public sealed class FaultyPairTests : IAsyncDisposable
{
    private static readonly TimeSpan SlaveTimeout = TimeSpan.FromSeconds(1);

    private readonly TemporaryFolder _folder = new();
    private readonly FaultSeams _atMaster = new(new FileSystemDevice(), TimeProvider.System);
    private readonly FaultSeams _atSlave = new(new FileSystemDevice(), TimeProvider.System);
    private readonly RemotingClient _client = new(new RemotingClientOptions(), NullLoggerFactory.Instance);
    private readonly List<BrokerNode> _nodes = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private BrokerNode Master => _nodes[0];

    [Theory]
    [InlineData(FaultDirection.In)]
    [InlineData(FaultDirection.Out)]
    [InlineData(FaultDirection.Both)]
    public async Task A_master_cut_off_from_its_slave_acknowledges_nothing_and_goes_on_when_it_is_healed(FaultDirection direction)
    {
        await StartPairAsync();
        _atMaster.Network.Change("1", faults => faults with { Isolated = direction });
        Assert.Equal(ResponseCode.FlushSlaveTimeout, await SendAsync());
        _atMaster.Network.Heal();
        await AcknowledgesAsync();
    }

    [Fact]
    public async Task A_slave_cut_off_from_its_master_comes_back_when_it_is_healed()
    {
        await StartPairAsync();
        _atSlave.Network.Change("0", faults => faults with { Isolated = FaultDirection.Both });
        Assert.Equal(ResponseCode.FlushSlaveTimeout, await SendAsync());
        _atSlave.Network.Heal();
        await AcknowledgesAsync();
    }

    [Fact]
    public async Task A_refused_slave_is_no_slave_and_comes_back_when_it_is_healed()
    {
        await StartPairAsync();
        _atMaster.Network.Change("1", faults => faults with { IsRefused = true });
        await Eventually.TrueAsync("11", async () => await SendAsync() == ResponseCode.SlaveNotAvailable);
        _atMaster.Network.Heal();
        await AcknowledgesAsync();
    }

    [Fact]
    public async Task A_delay_shows_in_each_answer()
    {
        await StartPairAsync();
        _atMaster.Network.Change("1", faults => faults with { DelayMs = 100 });
        var watch = Stopwatch.StartNew();
        Assert.Equal(ResponseCode.Success, await SendAsync());
        Assert.True(watch.ElapsedMilliseconds >= 99, $"answered after {watch.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task Lost_and_repeated_pieces_break_the_connection_at_worst()
    {
        await StartPairAsync();
        _atMaster.Network.Seed(1);
        _atMaster.Network.Change("1", faults => faults with { DropPercent = 20, DuplicatePercent = 20 });
        for (var i = 0; i < 50; i++) await SendAsync();
        _atMaster.Network.Heal();
        await AcknowledgesAsync();
        await Eventually.TrueAsync("both logs to be equal", () => Raw(_nodes[0]).SequenceEqual(Raw(_nodes[1])));
    }

    [Fact]
    public async Task A_full_disk_refuses_for_certain_and_takes_messages_again_when_there_is_room()
    {
        await StartPairAsync();
        _atMaster.Disk.IsFull = true;
        Assert.Equal(ResponseCode.ServiceNotAvailable, await SendAsync());
        _atMaster.Disk.IsFull = false;
        await AcknowledgesAsync();
    }

    [Fact]
    public async Task A_slave_with_a_full_disk_is_not_waited_for_and_comes_back()
    {
        await StartPairAsync();
        _atSlave.Disk.IsFull = true;
        Assert.NotEqual(ResponseCode.Success, await SendAsync());
        _atSlave.Disk.IsFull = false;
        await AcknowledgesAsync();
    }

    [Fact]
    public async Task A_slow_disk_shows_in_each_answer()
    {
        await StartPairAsync();
        _atMaster.Disk.SlowMs = 150;
        var watch = Stopwatch.StartNew();
        Assert.Equal(ResponseCode.Success, await SendAsync());
        Assert.True(watch.ElapsedMilliseconds >= 149, $"answered after {watch.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task After_a_failed_flush_nothing_is_acknowledged_any_more()
    {
        await StartPairAsync();
        _atMaster.Disk.FailsFlush = true;
        // It is in the log: not stored for sure, and not refused either.
        Assert.Equal(ResponseCode.SystemError, await SendAsync());
        _atMaster.Disk.FailsFlush = false;
        Assert.Equal(ResponseCode.ServiceNotAvailable, await SendAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _atMaster.Disk.SlowMs = 0;
        foreach (var node in Enumerable.Reverse(_nodes)) await node.DisposeAsync();
        _folder.Dispose();
    }

    private static byte[] Raw(BrokerNode node)
    {
        var bytes = new byte[node.Store.MaxPhysicalOffset];
        for (var at = 0; at < bytes.Length;)
        {
            var read = node.Store.ReadRaw(at, bytes.AsSpan(at));
            if (read == 0) break;
            at += read;
        }

        return bytes;
    }

    private Task AcknowledgesAsync() => Eventually.TrueAsync("a send to be answered 0", async () => await SendAsync() == ResponseCode.Success);

    private async Task<int> SendAsync()
    {
        var header = new SendMessageRequestHeader { ProducerGroup = "producers", Topic = "T", QueueId = 0, BornTimestamp = 1 };
        var request = RemotingCommand.CreateRequest(RequestCode.SendMessageV2, header.ToExtFieldsV2(), Encoding.UTF8.GetBytes("hello"));
        return (await _client.InvokeAsync(Master.Address.Text, request, TimeSpan.FromSeconds(10), Ct)).Code;
    }

    private async Task StartPairAsync()
    {
        await StartAsync(BrokerRole.SyncMaster, _atMaster);
        await StartAsync(BrokerRole.Slave, _atSlave);
        _nodes[1].Replication.OnRegistered(Master.Address.Text, Master.Replication.HaServerAddress);
        await AcknowledgesAsync();
    }

    private async Task StartAsync(BrokerRole role, FaultSeams seams)
    {
        var isSlave = role == BrokerRole.Slave;
        var port = FreePorts.Next();
        var options = new BrokerOptions
        {
            BrokerName = "broker-a",
            BrokerId = isSlave ? 1 : 0,
            Role = role,
            ListenPort = port,
            HaListenPort = port + 1,
            TotalReplicas = 2,
            InSyncReplicas = 2,
            SlaveTimeout = SlaveTimeout,
            PeerNetwork = seams.Network,
            Store = new StoreOptions
            {
                RootDirectory = _folder[isSlave ? "slave" : "master"],
                CommitLogFileSizeBytes = 16 * 1024 * 1024,
                IndexSlots = 1000,
                IndexEntries = 4000,
                Flush = isSlave ? FlushDiskType.Async : FlushDiskType.Sync,
            },
        };
        _nodes.Add(await BrokerNode.StartAsync(options, NullLoggerFactory.Instance, seams.Time, seams.Device, Ct));
    }
}
