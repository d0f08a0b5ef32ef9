using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Client.Tests;

/// <summary>Servers that answer what a test tells them to, on free ports of 127.0.0.1.</summary>
internal sealed class StubCluster : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _parts = [];

    public async Task<string> ServeAsync(params IEnumerable<(int Code, Func<RemotingCommand, RemotingCommand?> Answer)> table)
    {
        var dispatcher = new RequestDispatcher(table.Select(static entry => new Stub(entry.Code, entry.Answer)), NullLogger.Instance);
        var server = await RemotingServer.StartAsync([new IPEndPoint(IPAddress.Loopback, 0)], dispatcher, new(), NullLoggerFactory.Instance, CancellationToken.None);
        _parts.Add(server);
        return server.BoundEndpoints[0].ToString();
    }

    public RocketMQConnection Connect(params IReadOnlyList<string> nameServers) => Connect(new RocketMQClientOptions { NameServers = nameServers, RequestTimeout = TimeSpan.FromSeconds(20) });

    public RocketMQConnection Connect(RocketMQClientOptions options)
    {
        var connection = new RocketMQConnection(options);
        _parts.Add(connection);
        return connection;
    }

    /// <summary>A name server that knows one topic on one broker.</summary>
    public Task<string> ServeRouteAsync(string topic, Action? asked = null) => ServeAsync((RequestCode.GetRouteinfoByTopic, request =>
    {
        asked?.Invoke();
        if (request.ExtFields["topic"] != topic) return request.CreateResponse(ResponseCode.TopicNotExist, "No topic route info");
        return request.CreateResponse(0, body: new TopicRouteData
        {
            QueueDatas = [new() { BrokerName = "broker-a", ReadQueueNums = 4, WriteQueueNums = 4, Perm = 6 }],
            BrokerDatas = [new() { Cluster = "c", BrokerName = "broker-a", BrokerAddrs = new() { [0] = "127.0.0.1:10911" } }],
        }.Encode(quoteKeys: false));
    }
    ));

    /// <summary>Ends the server at that address, and its connections.</summary>
    public async Task StopAsync(string address) =>
        await _parts.OfType<RemotingServer>().Single(server => server.BoundEndpoints[0].ToString() == address).DisposeAsync();

    /// <summary>An address on which nobody listens.</summary>
    public async Task<string> NobodyAsync()
    {
        var address = await ServeAsync([]);
        await _parts[^1].DisposeAsync();
        return address;
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _parts.Count - 1; i >= 0; i--) await _parts[i].DisposeAsync();
    }

    private sealed class Stub(int code, Func<RemotingCommand, RemotingCommand?> answer) : IRequestProcessor
    {
        public int Code => code;

        public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) => new(answer(request));
    }
}
