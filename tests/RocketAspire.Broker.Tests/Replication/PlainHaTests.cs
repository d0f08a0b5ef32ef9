using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Broker.Ha;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Replication;

/// <summary>A node of ours opposite one of Apache's, which knows no handshake: stubs that speak only the HA wire.</summary>
public sealed class PlainHaTests : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _parts = [];

    [Fact]
    public async Task An_Apache_slave_is_sent_the_log_and_its_reports_are_acknowledgements()
    {
        var master = await StartMasterAsync(options => options with { SyncMaster = true });
        using var slave = await HaStub.ConnectAsync(master.HaPort);
        await slave.ReportAsync(0);
        await Eventually.TrueAsync("the master to write", () => master.Replication.AcceptsWrites(out _));
        var sending = master.SendAsync("hello");

        var received = new MemoryStream();
        while (received.Length < master.Store.MaxPhysicalOffset)
        {
            var (offset, bytes) = await slave.ReadTransferAsync();
            Assert.Equal(received.Length, offset);
            received.Write(bytes);
        }
        if (sending.IsCompleted) Assert.Fail($"completed with {await sending}");
        await slave.ReportAsync(received.Length);
        Assert.Equal(ReplicationAck.Ok, await sending);
        Assert.Equal(master.LogBytes(), received.ToArray());
    }

    [Fact]
    public async Task Zeros_from_a_stranger_dont_open_a_master_that_may_lack_confirmed_bytes()
    {
        var master = await StartMasterAsync(options => options with { SyncMaster = true, EmptySlaveStays = TimeSpan.FromSeconds(3) });
        using var stranger = await HaStub.ConnectAsync(master.HaPort);
        await stranger.WriteAsync(new byte[HaWire.ReportSize * 100]);
        stranger.Finish();
        Assert.True(await stranger.IsClosedAsync());
        Assert.False(master.Replication.AcceptsWrites(out _));
    }

    [Fact]
    public async Task An_empty_Apache_slave_that_goes_on_reporting_opens_a_new_groups_master()
    {
        var master = await StartMasterAsync(options => options with { SyncMaster = true, EmptySlaveStays = TimeSpan.FromMilliseconds(100) });
        using var slave = await HaStub.ConnectAsync(master.HaPort);
        await Eventually.TrueAsync("the master to write", async () =>
        {
            await slave.ReportAsync(0);
            return master.Replication.AcceptsWrites(out _);
        });
    }

    [Fact]
    public async Task An_empty_Apache_slave_begins_at_the_last_files_start()
    {
        var master = await StartMasterAsync();
        while (master.Store.MaxPhysicalOffset < 2.5 * ReplicaNode.LogFileBytes)
        {
            master.Append(new string('x', 1000));
        }
        using var slave = await HaStub.ConnectAsync(master.HaPort);
        await slave.ReportAsync(0);
        Assert.Equal(2 * ReplicaNode.LogFileBytes, (await slave.ReadTransferAsync()).Offset);
    }

    [Fact]
    public async Task An_Apache_slave_goes_on_where_it_was_and_gets_heartbeats()
    {
        var master = await StartMasterAsync(options => options with { HaSendHeartbeatInterval = TimeSpan.FromMilliseconds(40) });
        var end = master.Append("one").EndOffset;
        using var slave = await HaStub.ConnectAsync(master.HaPort);
        await slave.ReportAsync(end);
        var (offset, bytes) = await slave.ReadTransferAsync();
        Assert.Equal((end, 0), (offset, bytes.Length));
        var next = master.Append("two");
        do
        {
            (offset, bytes) = await slave.ReadTransferAsync();
        }
        while (bytes.Length == 0);
        Assert.Equal((end, next.EndOffset - end), (offset, (long)bytes.Length));
    }

    [Fact]
    public async Task A_slave_that_reports_more_than_the_master_has_is_closed()
    {
        var master = await StartMasterAsync();
        using var ahead = await HaStub.ConnectAsync(master.HaPort);
        await ahead.ReportAsync(master.Store.MaxPhysicalOffset + 1);
        Assert.True(await ahead.IsClosedAsync());
    }

    [Fact]
    public async Task A_wrong_ticket_is_closed()
    {
        var master = await StartMasterAsync();
        using var stranger = await HaStub.ConnectAsync(master.HaPort);
        await stranger.ReportAsync(-5);
        Assert.True(await stranger.IsClosedAsync());
    }

    [Fact]
    public async Task A_slave_that_reads_but_does_not_report_means_12_and_is_closed_when_it_stays_silent()
    {
        var master = await StartMasterAsync(options => options with
        {
            SyncMaster = true,
            SlaveTimeout = TimeSpan.FromMilliseconds(100),
            HaHousekeepingInterval = TimeSpan.FromSeconds(2),
        });
        using var slave = await HaStub.ConnectAsync(master.HaPort);
        await slave.ReportAsync(0);
        await Eventually.TrueAsync("the master to write", () => master.Replication.AcceptsWrites(out _));
        await Eventually.TrueAsync("12", async () => await master.SendAsync("hello") == ReplicationAck.SlaveTimeout);
        await Eventually.TrueAsync("11, since the silent one was closed", async () => await master.SendAsync("hello") == ReplicationAck.SlaveNotAvailable);
    }

    [Fact]
    public async Task A_slave_too_far_behind_means_11_at_once()
    {
        var master = await StartMasterAsync(options => options with { SyncMaster = true, HaSlaveFallbehindMaxBytes = 10_000 });
        using var slave = await HaStub.ConnectAsync(master.HaPort);
        await slave.ReportAsync(0);
        await Eventually.TrueAsync("the master to write", () => master.Replication.AcceptsWrites(out _));
        for (var i = 0; i < 20; i++)
        {
            master.Append(new string('x', 1000));
        }
        Assert.Equal(ReplicationAck.SlaveNotAvailable, await master.SendAsync("hello"));
    }

    [Fact]
    public async Task With_inSyncReplicas_1_a_synchronous_master_waits_for_nobody()
    {
        var master = await StartMasterAsync(options => options with { SyncMaster = true, InSyncReplicas = 1 });
        Assert.True(master.Replication.AcceptsWrites(out _));
        Assert.Equal(ReplicationAck.Ok, await master.SendAsync("hello"));
    }

    [Fact]
    public async Task Our_slave_follows_an_Apache_master_and_reads_its_tables()
    {
        var source = await StartMasterAsync();
        for (var i = 0; i < 20; i++)
        {
            source.Append($"message {i}");
        }
        var log = source.LogBytes();

        var (port, haPort) = (ReplicaNode.FreePort(), ReplicaNode.FreePort());
        await ServeTablesAsync(port);
        using var listener = HaStub.Listen(haPort);
        var slave = new ReplicaNode { Role = ReplicationRole.Slave, MasterPort = port, MasterHaPort = haPort, Configure = options => options with { HaSendHeartbeatInterval = TimeSpan.FromMilliseconds(40) } };
        _parts.Add(slave);
        await slave.StartAsync();

        using (var master = new HaStub(await listener.AcceptAsync(TestContext.Current.CancellationToken)))
        {
            Assert.Equal(0, await master.ReadReportAsync());
            // Split within a header, within a record, and with a heartbeat between.
            await master.SendTransferAsync(0, log.AsMemory(0, 100));
            await master.SendTransferAsync(100, default);
            await master.SendTransferAsync(100, log.AsMemory(100, 700));
            await UntilReportedAsync(master, report => report > 400);
        }

        // It comes back and begins at a record's boundary, its own end.
        using var again = new HaStub(await listener.AcceptAsync(TestContext.Current.CancellationToken));
        var from = (int)await again.ReadReportAsync();
        Assert.Equal(slave.Store.MaxPhysicalOffset, from);
        await again.SendTransferAsync(from, log.AsMemory(from));
        await UntilReportedAsync(again, report => report == log.Length);
        Assert.Equal(log, slave.LogBytes());
        await Eventually.TrueAsync("the tables", () => slave.Topics.Text == "topics of Apache" && slave.Offsets.Text == "offsets of Apache");
    }

    [Theory]
    [InlineData(7)]
    [InlineData(-1)]
    public async Task Our_slave_leaves_a_master_that_sends_nonsense_and_tries_again(int offset)
    {
        var (port, haPort) = (ReplicaNode.FreePort(), ReplicaNode.FreePort());
        await ServeTablesAsync(port);
        using var listener = HaStub.Listen(haPort);
        var slave = new ReplicaNode { Role = ReplicationRole.Slave, MasterPort = port, MasterHaPort = haPort };
        _parts.Add(slave);
        await slave.StartAsync();
        using (var master = new HaStub(await listener.AcceptAsync(TestContext.Current.CancellationToken)))
        {
            await master.ReadReportAsync();
            await master.SendTransferAsync(offset, new byte[100]);
            Assert.True(await master.IsClosedAsync());
        }
        using (var again = new HaStub(await listener.AcceptAsync(TestContext.Current.CancellationToken)))
        {
            Assert.Equal(0, await again.ReadReportAsync());
            await again.WriteAsync(Convert.FromHexString("00000000000000007FFFFFFF"));
            Assert.True(await again.IsClosedAsync());
        }
        Assert.Equal(0, slave.Store.MaxPhysicalOffset);
    }

    [Fact]
    public async Task A_taken_HA_port_is_one_clear_line()
    {
        var first = await StartMasterAsync();
        var second = new ReplicaNode { Role = ReplicationRole.Master, HaPort = first.HaPort };
        _parts.Add(second);
        var error = await Assert.ThrowsAsync<RemotingBindException>(second.StartAsync);
        Assert.Contains("haListenPort", error.Message, StringComparison.Ordinal);
        Assert.Contains($":{first.HaPort}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        await second.Replication.DisposeAsync();
        await second.Store.DisposeAsync();
    }

    private static async Task UntilReportedAsync(HaStub master, Func<long, bool> enough)
    {
        while (!enough(await master.ReadReportAsync()))
        {
        }
    }

    private async Task<ReplicaNode> StartMasterAsync(Func<ReplicationOptions, ReplicationOptions>? configure = null)
    {
        var master = new ReplicaNode { Role = ReplicationRole.Master, Configure = configure ?? (static options => options) };
        _parts.Add(master);
        await master.StartAsync();
        return master;
    }

    /// <summary>An Apache master's remoting port, as far as a slave asks it.</summary>
    private async Task ServeTablesAsync(int port)
    {
        IRequestProcessor[] table =
        [
            new Answer(RequestCode.GetAllTopicConfig, "topics of Apache"), new Answer(RequestCode.GetAllConsumerOffset, "offsets of Apache"),
        ];
        _parts.Add(await RemotingServer.StartAsync(
            [new(IPAddress.Loopback, port)], new RequestDispatcher(table, NullLogger.Instance), new RemotingServerOptions { StopGrace = TimeSpan.Zero },
            NullLoggerFactory.Instance, TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Enumerable.Reverse(_parts))
        {
            await part.DisposeAsync();
        }
    }

    private sealed class Answer(int code, string text) : IRequestProcessor
    {
        public int Code => code;

        public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
            new(request.CreateResponse(ResponseCode.Success, body: Encoding.UTF8.GetBytes(text)));
    }
}
