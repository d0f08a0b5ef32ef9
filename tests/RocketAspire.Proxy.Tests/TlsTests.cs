using System.Net.Security;
using System.Net.Sockets;
using Grpc.Net.Client;
using RocketAspire.Protocol.Config;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy.Tests;

public sealed class TlsTests(SharedCluster shared)
{
    private readonly ProxyCluster _cluster = shared.Cluster;

    [Fact]
    public async Task Tls_and_plain_are_spoken_on_one_port()
    {
        var topic = await _cluster.TopicAsync();
        using var plain = new Caller(_cluster.Proxy);
        Assert.Equal(Code.Ok, (await plain.Service.QueryRouteAsync(new QueryRouteRequest { Topic = Caller.Named(topic) }, plain.Options())).Status.Code);

        using var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null } };
        using var channel = GrpcChannel.ForAddress($"https://127.0.0.1:{_cluster.Proxy.Endpoint.Port}", new GrpcChannelOptions { HttpHandler = handler });
        var service = new MessagingService.MessagingServiceClient(channel);
        var response = await service.QueryRouteAsync(new QueryRouteRequest { Topic = Caller.Named(topic) }, plain.Options());
        Assert.Equal(Code.Ok, response.Status.Code);
        Assert.Equal(_cluster.Proxy.Endpoint.Port, response.MessageQueues[0].Broker.Endpoints.Addresses[0].Port);

        var large = Caller.Text(topic, new string('x', 1_000_000));
        var sent = await service.SendMessageAsync(new SendMessageRequest { Messages = { large } }, plain.Options());
        Assert.Equal(Code.Ok, sent.Status.Code);
        Assert.Equal(1_000_000, Assert.Single(await plain.ReceivedAsync(topic, await _cluster.GroupAsync(), 1)).Body.Length);
    }

    [Fact]
    public async Task Where_only_tls_is_allowed_plain_connections_are_closed()
    {
        var proxy = await _cluster.StartProxyAsync(static options => options with { Tls = new TlsSettings { Mode = TlsMode.Enforcing } });
        using var plain = new Caller(proxy);
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(async () => await plain.Service.QueryRouteAsync(new QueryRouteRequest { Topic = Caller.Named("Any") }, plain.Options()));
    }

    [Fact]
    public async Task Garbage_closes_its_own_connection_and_no_other()
    {
        using var caller = new Caller(_cluster.Proxy);
        foreach (var bytes in new byte[][] { [0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5], [0, 0, 0, 1], "GET / HTTP/1.1\r\n\r\n"u8.ToArray(), [] })
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(_cluster.Proxy.Endpoint, ProxyCluster.Ct);
            await socket.SendAsync(bytes, ProxyCluster.Ct);
            socket.Shutdown(SocketShutdown.Send);
            var buffer = new byte[1024];
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ProxyCluster.Ct);
            limit.CancelAfter(TimeSpan.FromSeconds(15));
            try
            {
                while (await socket.ReceiveAsync(buffer, limit.Token) > 0) continue;
            }
            catch (SocketException)
            {
                // Closed with a reset: as good.
            }
        }

        var response = await caller.Service.QueryRouteAsync(new QueryRouteRequest { Topic = Caller.Named("") }, caller.Options());
        Assert.Equal(Code.IllegalTopic, response.Status.Code);
    }
}
