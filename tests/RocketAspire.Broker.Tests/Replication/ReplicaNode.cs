using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Protocol.Messages;
using RocketAspire.Remoting;
using RocketAspire.Store;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Replication;

/// <summary>A store with its replication and a remoting port, without the rest of a broker. Can be stopped, wiped and started again.</summary>
internal sealed class ReplicaNode : IAsyncDisposable
{
    public const long LogFileBytes = 64 * 1024;

    private readonly TemporaryFolder _folder = new();
    private string _bootId = "boot-0";
    private RemotingServer? _server;
    private RemotingClient? _client;

    public int Port { get; } = FreePort();

    public int HaPort { get; } = FreePort();

    public required ReplicationRole Role { get; init; }

    public int? MasterHaPort { get; init; }

    public int? MasterPort { get; init; }

    public bool SyncFlush { get; init; }

    public IStorageDevice Device { get; set; } = new FileSystemDevice();

    public Func<ReplicationOptions, ReplicationOptions> Configure { get; set; } = static options => options;

    public ILoggerFactory Logs { get; init; } = NullLoggerFactory.Instance;

    public FakeTable Topics { get; private set; } = new("topics.json");

    public FakeTable Offsets { get; private set; } = new("consumerOffset.json");

    public MessageStore Store { get; private set; } = null!;

    public IReplication Replication { get; private set; } = null!;

    public string Root => _folder.Path;

    public bool IsRunning => _server is not null;

    public async Task StartAsync()
    {
        var token = TestContext.Current.CancellationToken;
        Store = await MessageStore.OpenAsync(
            new StoreOptions
            {
                RootDirectory = Root,
                CommitLogFileSizeBytes = LogFileBytes,
                Flush = SyncFlush ? FlushDiskType.Sync : FlushDiskType.Async,
                IndexSlots = 100,
                IndexEntries = 400,
                BootId = () => _bootId,
            },
            Device, TimeProvider.System, Logs, token);
        _client = new RemotingClient(new RemotingClientOptions(), Logs);
        Topics = new("topics.json");
        Offsets = new("consumerOffset.json");
        var options = Configure(new()
        {
            Role = Role,
            BrokerName = "broker-a",
            BrokerId = Role == ReplicationRole.Slave ? 1 : 0,
            HaListen = Role == ReplicationRole.Slave ? [] : [new(IPAddress.Loopback, HaPort)],
            ConfigDirectory = Path.Combine(Root, "config"),
            CommitLogFileSizeBytes = LogFileBytes,
            SyncFlush = SyncFlush,
        });
        var topics = Topics;
        Replication = RocketAspire.Broker.Replication.Create(
            options, Store, [Topics, Offsets], table => table == topics, _client, Device, TimeProvider.System, Logs);
        await Replication.StartAsync(token);
        _server = await RemotingServer.StartAsync(
            [new(IPAddress.Loopback, Port)], new RequestDispatcher(Replication.Processors, Logs.CreateLogger("dispatcher")), new RemotingServerOptions(), Logs, token);
        if (MasterPort is { } masterPort)
        {
            Replication.OnRegistered($"127.0.0.1:{masterPort}", $"127.0.0.1:{MasterHaPort}");
        }
    }

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

    /// <summary>The next start sees another boot of the machine, and an unclean stop.</summary>
    public void PretendMachineStop()
    {
        _bootId = Guid.NewGuid().ToString();
        File.WriteAllText(Path.Combine(Root, "abort"), "boot-before");
    }

    /// <summary>Loses the whole store folder. Only while stopped.</summary>
    public void Wipe()
    {
        Directory.Delete(Root, recursive: true);
        Directory.CreateDirectory(Root);
    }

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
        var replicated = Replication.WaitReplicatedAsync(result.EndOffset, TestContext.Current.CancellationToken);
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

    /// <summary>The bodies of all messages of the tests' topic, in the log's order.</summary>
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
            result.AddRange(MessageRecordCodec.DecodeAll(read.Body).Select(record => System.Text.Encoding.UTF8.GetString(record.Body.Span)));
            offset = read.NextBeginOffset;
        }
        return result;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    public static MessageRecord Message(string text) => new()
    {
        Topic = "T",
        BornHost = new(IPAddress.Loopback, 1),
        StoreHost = new(IPAddress.Loopback, 2),
        Body = System.Text.Encoding.UTF8.GetBytes(text),
    };

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
