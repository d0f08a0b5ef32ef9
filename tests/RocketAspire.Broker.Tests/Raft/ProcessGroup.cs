using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.NameServer;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft;

/// <summary>A DLedger group of three processes of the built server, each with a broker.conf and a folder of its own, and a client that follows the route.</summary>
internal sealed class ProcessGroup : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<string> _lines = [];
    private readonly RemotingClient _client = new(new RemotingClientOptions { ConnectTimeout = TimeSpan.FromMilliseconds(500) }, NullLoggerFactory.Instance);
    private readonly Process?[] _processes = new Process?[3];
    private readonly int[] _ports = [FreePorts.Next(), FreePorts.Next(), FreePorts.Next()];
    private readonly string _leaderAddress = $"127.0.0.1:{FreePorts.Next()}";
    private readonly NameServerNode _nameServer;

    private ProcessGroup(NameServerNode nameServer, string flush)
    {
        _nameServer = nameServer;
        var peers = string.Join(';', Enumerable.Range(0, 3).Select(static i => $"n{i}-127.0.0.1:{FreePorts.Next()}"));
        for (var i = 0; i < 3; i++)
        {
            File.WriteAllText(_folder[$"n{i}.conf"], $"""
                brokerName=broker-a
                brokerIP1=127.0.0.1
                listenPort={_ports[i]}
                namesrvAddr={nameServer.Endpoint}
                storePathRootDir={_folder[$"n{i}"]}
                mappedFileSizeCommitLog=16777216
                flushDiskType={flush}
                enableDLegerCommitLog=true
                dLegerGroup=broker-a
                dLegerPeers={peers}
                dLegerSelfId=n{i}
                """);
        }
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<ProcessGroup> StartAsync(string flush = "SYNC_FLUSH")
    {
        var nameServer = await NameServerNode.StartAsync(
            new NameServerOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] }, NullLoggerFactory.Instance, TimeProvider.System, Ct);
        var group = new ProcessGroup(nameServer, flush);
        group.StartAll();
        return group;
    }

    public void StartAll()
    {
        for (var i = 0; i < 3; i++) Start(i);
    }

    public void Start(int node)
    {
        if (_processes[node] is not null) return;
        // bin/<configuration>/net10.0 of this project and of the server's are alike.
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var server = Path.Combine(own.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, "src", "RocketAspire.Server", "bin", own.Parent!.Name, own.Name, "RocketAspire.Server.dll");
        var start = new ProcessStartInfo("dotnet", [server, "broker", "-c", _folder[$"n{node}.conf"], "--leader-address", _leaderAddress])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("NAMESRV_ADDR");
        start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => _lines.Enqueue($"n{node} {line.Data}");
        process.ErrorDataReceived += (_, line) => _lines.Enqueue($"n{node}! {line.Data}");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes[node] = process;
    }

    /// <summary>SIGKILL, and gone.</summary>
    public async Task KillAsync(int node)
    {
        if (_processes[node] is not { } process) return;
        _processes[node] = null;
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None).WaitAsync(TestBroker.Long, CancellationToken.None);
        process.Dispose();
    }

    /// <summary>A signal by its name, without SIG.</summary>
    public void Signal(int node, string name)
    {
        using var kill = Process.Start("kill", $"-{name} {_processes[node]!.Id}");
        kill.WaitForExit();
    }

    /// <summary>The number of the node that takes writes by its own address.</summary>
    public async Task<int> LeaderAsync(int except = -1)
    {
        var leader = -1;
        await Eventually.TrueAsync("a leader", async () =>
        {
            for (var i = 0; i < 3; i++)
            {
                if (i == except || _processes[i] is null || await SendAsync($"127.0.0.1:{_ports[i]}", "probe", "probes") != ResponseCode.Success) continue;
                leader = i;
                return true;
            }

            return false;
        });
        return leader;
    }

    public Task<int?> SendToAsync(int node, string body) => SendAsync($"127.0.0.1:{_ports[node]}", body, "T");

    /// <summary>Sends where the route says, again until it is acknowledged.</summary>
    public async Task<string> SentAsync(string body)
    {
        await Eventually.TrueAsync($"{body} to be acknowledged", async () => await SendAsync(await MasterAsync(), body, "T") == ResponseCode.Success);
        return body;
    }

    /// <summary>All bodies of the topic's queue, from a node.</summary>
    public async Task<List<string>> PulledAsync(int node)
    {
        var bodies = new List<string>();
        long offset = 0;
        while (true)
        {
            var request = RemotingCommand.CreateRequest(RequestCode.PullMessage, TestBroker.PullHeader("T", 0, offset).ToExtFields());
            RemotingCommand answer;
            try
            {
                answer = await _client.InvokeAsync($"127.0.0.1:{_ports[node]}", request, TestBroker.Long, Ct);
            }
            catch (RemotingConnectException)
            {
                return bodies;
            }

            if (answer.Code != ResponseCode.Success) return bodies;
            foreach (var record in MessageRecordCodec.DecodeAll(answer.Body)) bodies.Add(Encoding.UTF8.GetString(record.Body.Span));
            Assert.True(RequestHeader.TryRead<PullMessageResponseHeader>(answer.ExtFields, out var header, out var problem), problem);
            offset = header.NextBeginOffset;
        }
    }

    /// <summary>Waits until all nodes that run give the same messages, all those acknowledged among them.</summary>
    public async Task AgreedAsync(IReadOnlyCollection<string> acknowledged)
    {
        List<string>? first = null;
        for (var i = 0; i < 3; i++)
        {
            if (_processes[i] is null) continue;
            var node = i;
            List<string> bodies = [];
            await Eventually.TrueAsync($"{acknowledged.Count} messages at n{node}", async () =>
            {
                bodies = await PulledAsync(node);
                return acknowledged.All(bodies.ToHashSet(StringComparer.Ordinal).Contains) && (first is null || bodies.Count >= first.Count);
            });
            Assert.Equal(first ??= bodies, bodies);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        for (var i = 0; i < 3; i++) await KillAsync(i);
        await _nameServer.DisposeAsync();
        foreach (var line in _lines) TestContext.Current.TestOutputHelper?.WriteLine(line);
        _folder.Dispose();
    }

    private async Task<int?> SendAsync(string? address, string body, string topic)
    {
        if (address is null) return null;
        try
        {
            var request = RemotingCommand.CreateRequest(RequestCode.SendMessageV2, TestBroker.Header(topic).ToExtFieldsV2(), Encoding.UTF8.GetBytes(body));
            return (await _client.InvokeAsync(address, request, TimeSpan.FromSeconds(3), Ct)).Code;
        }
        catch (Exception e) when (e is RemotingConnectException or RemotingSendException or RemotingTimeoutException)
        {
            return null;
        }
    }

    private async Task<string?> MasterAsync()
    {
        var answer = await _client.InvokeAsync(_nameServer.Endpoint.ToString(), RemotingCommand.CreateRequest(RequestCode.GetBrokerClusterInfo), TestBroker.Long, Ct);
        return ClusterInfo.Decode(answer.Body.Span).BrokerAddrTable.GetValueOrDefault("broker-a")?.BrokerAddrs.GetValueOrDefault(0);
    }
}
