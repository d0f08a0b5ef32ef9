using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Protocol.Messages;
using RocketAspire.Remoting;
using RocketAspire.Store;
using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Replication;

/// <summary>
/// A store on a device in memory with its replication and a remoting port, without the rest of a broker. Can be stopped,
/// killed, lose its power or its whole store, and start again.
/// </summary>
internal sealed class ReplicaNode(int seed = 0) : IAsyncDisposable
{
    public const long LogFileBytes = 64 * 1024;
    public const string Root = "/store";

    private PowerLossDevice _device = new(seed);
    private string _bootId = "boot-0";
    private RemotingServer? _server;
    private RemotingClient? _client;

    public int Port { get; init; } = FreePort();

    public int HaPort { get; init; } = FreePort();

    public required ReplicationRole Role { get; init; }

    public int? MasterHaPort { get; set; }

    public int? MasterPort { get; set; }

    public bool SyncFlush { get; init; }

    public PowerLossDevice Device => _device;

    public Func<ReplicationOptions, ReplicationOptions> Configure { get; set; } = static options => options;

    public ILoggerFactory Logs { get; init; } = NullLoggerFactory.Instance;

    public FakeTable Topics { get; private set; } = new("topics.json");

    public FakeTable Offsets { get; private set; } = new("consumerOffset.json");

    public MessageStore Store { get; private set; } = null!;

    public IReplication Replication { get; private set; } = null!;

    public bool IsRunning => _server is not null;

    public async Task StartAsync()
    {
        var token = TestContext.Current.CancellationToken;
        Store = await OpenStoreAsync();
        _client = new RemotingClient(new RemotingClientOptions(), Logs);
        Topics = new("topics.json");
        Offsets = new("consumerOffset.json");
        var topics = Topics;
        Replication = RocketAspire.Broker.Replication.Create(
            Configure(DefaultOptions()), Store, [Topics, Offsets], table => table == topics, _client, _device, TimeProvider.System, Logs);
        await Replication.StartAsync(token);
        _server = await RemotingServer.StartAsync(
            [new(IPAddress.Loopback, Port)], new RequestDispatcher(Replication.Processors, Logs.CreateLogger("dispatcher")),
            new RemotingServerOptions { StopGrace = TimeSpan.Zero }, Logs, token);
        if (MasterPort is { } masterPort)
        {
            Replication.OnRegistered($"127.0.0.1:{masterPort}", $"127.0.0.1:{MasterHaPort}");
        }
    }

    /// <summary>Opens the store alone, to prepare a history or to look at one. Dispose it before starting the node.</summary>
    public Task<MessageStore> OpenStoreAsync() => MessageStore.OpenAsync(
        new StoreOptions
        {
            RootDirectory = Root,
            CommitLogFileSizeBytes = LogFileBytes,
            Flush = SyncFlush ? FlushDiskType.Sync : FlushDiskType.Async,
            FlushIntervalMs = 50,
            IndexSlots = 100,
            IndexEntries = 400,
            BootId = () => _bootId,
        },
        _device, TimeProvider.System, Logs, TestContext.Current.CancellationToken);

    /// <summary>In order, as by SIGTERM.</summary>
    public async Task StopAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.DisposeAsync();
            await Replication.DisposeAsync();
            await _client!.DisposeAsync();
            await Store.DisposeAsync();
        }
    }

    /// <summary>As by SIGKILL: what the page cache holds stays, what only the process knew is gone.</summary>
    public async Task KillAsync()
    {
        // Nothing that it does from here on counts, as for a process that is gone.
        _device.PowerOff();
        await AbandonAsync();
        _device = _device.ProcessKilled();
    }

    /// <summary>As by pulling the plug: what was not synced may be gone.</summary>
    public async Task LosePowerAsync()
    {
        _device.PowerOff();
        await AbandonAsync();
        _device = _device.PowerCycle();
        _bootId = Guid.NewGuid().ToString();
    }

    /// <summary>Loses the whole store folder. Only while stopped.</summary>
    public void Wipe() => _device = new PowerLossDevice(seed);

    public AppendResult Append(string text)
    {
        var result = Store.Append(Message(text));
        Assert.Equal(AppendStatus.Ok, result.Status);
        return result;
    }

    /// <summary>As a broker does it: append, flush if the mode says so, wait for the slave.</summary>
    public async Task<ReplicationAck> SendAsync(string text)
    {
        var result = Append(text);
        var replicated = Replication.WaitReplicatedAsync(result, TestContext.Current.CancellationToken);
        if (SyncFlush)
        {
            await Store.WaitFlushedAsync(result.EndOffset, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        }
        return await replicated;
    }

    /// <summary>All bytes of the log.</summary>
    public byte[] LogBytes()
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (var offset = Store.MinPhysicalOffset; Store.ReadRaw(offset, buffer) is var read and > 0; offset += read)
        {
            bytes.Write(buffer, 0, read);
        }
        return bytes.ToArray();
    }

    /// <summary>The bodies of all readable messages of the tests' topic, in order.</summary>
    public List<string> Messages()
    {
        var result = new List<string>();
        var bounds = Store.QueueBounds("T", 0);
        for (var offset = bounds.Min; offset < bounds.Max;)
        {
            var read = Store.ReadQueue("T", 0, offset, 1000, 1 << 20, null);
            if (read.Status != QueueReadStatus.Found)
            {
                break;
            }
            result.AddRange(MessageRecordCodec.DecodeAll(read.Body).Select(record => Encoding.UTF8.GetString(record.Body.Span)));
            offset = read.NextBeginOffset;
        }
        return result;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    public static MessageRecord Message(string text) => new()
    {
        Topic = "T",
        BornHost = new(IPAddress.Loopback, 1),
        StoreHost = new(IPAddress.Loopback, 2),
        Body = Encoding.UTF8.GetBytes(text),
    };

    public static int FreePort() => FreePorts.Next();

    private ReplicationOptions DefaultOptions() => new()
    {
        EmptySlaveStays = TimeSpan.Zero,
        Role = Role,
        BrokerName = "broker-a",
        BrokerId = Role == ReplicationRole.Slave ? 1 : 0,
        HaListen = Role == ReplicationRole.Slave ? [] : [new(IPAddress.Loopback, HaPort)],
        ConfigDirectory = Root + "/config",
        CommitLogFileSizeBytes = LogFileBytes,
        SyncFlush = SyncFlush,
    };

    private async Task AbandonAsync()
    {
        try
        {
            await StopAsync();
        }
        catch (Exception e) when (e is IOException or StoreException or AggregateException)
        {
            // Its device has no power: it can't write its last words.
        }
    }
}
