using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Client.Tests;

public sealed class NameServerRotationTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_server_that_is_gone_is_passed_over_and_not_asked_first_again()
    {
        await using var cluster = new StubCluster();
        var asked = 0;
        var dead = await cluster.NobodyAsync();
        var alive = await cluster.ServeRouteAsync("T", () => asked++);
        var admin = new RocketMQAdmin(cluster.Connect(dead, alive));

        Assert.NotNull(await admin.GetRouteAsync("T", Ct));
        Assert.NotNull(await admin.GetRouteAsync("T", Ct));

        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task With_no_name_server_left_each_ones_reason_is_told()
    {
        await using var cluster = new StubCluster();
        var first = await cluster.NobodyAsync();
        var second = await cluster.NobodyAsync();
        var admin = new RocketMQAdmin(cluster.Connect(first, second));

        var e = await Assert.ThrowsAsync<RocketMQNameServersUnavailableException>(() => admin.GetClusterInfoAsync(Ct));

        Assert.Equal([first, second], e.Attempts.Select(static attempt => attempt.Address));
        Assert.StartsWith($"no name server answers: can't connect to {first}: ", e.Message);
        Assert.Contains($"; can't connect to {second}: ", e.Message);
    }

    [Fact]
    public async Task A_name_server_that_never_answers_is_passed_over_after_the_timeout()
    {
        await using var cluster = new StubCluster();
        var silent = await cluster.ServeAsync((RequestCode.GetRouteinfoByTopic, static _ => null));
        var alive = await cluster.ServeRouteAsync("T");
        var admin = new RocketMQAdmin(cluster.Connect(new RocketMQClientOptions { NameServers = [silent, alive], RequestTimeout = TimeSpan.FromMilliseconds(500) }));

        Assert.NotNull(await admin.GetRouteAsync("T", Ct));
    }

    [Fact]
    public async Task Routes_are_kept_until_they_are_old_and_shared_by_those_who_ask_together()
    {
        var clock = new ManualTimeProvider();
        await using var cluster = new StubCluster();
        var asked = 0;
        var nameServer = await cluster.ServeRouteAsync("T", () => Interlocked.Increment(ref asked));
        var routes = new RouteCache(cluster.Connect(new RocketMQClientOptions { NameServers = [nameServer], Time = clock }));

        await routes.GetAsync("T", Ct);
        await routes.GetAsync("T", Ct);
        Assert.Equal(1, asked);
        clock.Advance(TimeSpan.FromSeconds(30));
        await routes.GetAsync("T", Ct);
        Assert.Equal(2, asked);
        routes.Forget("T");
        await routes.GetAsync("T", Ct);
        Assert.Equal(3, asked);
        Assert.Null(await routes.GetAsync("Unknown", Ct));
    }

    [Fact]
    public async Task A_known_route_goes_on_serving_while_no_name_server_answers()
    {
        var clock = new ManualTimeProvider();
        await using var cluster = new StubCluster();
        var stub = new StubCluster();
        var nameServer = await stub.ServeRouteAsync("T");
        var routes = new RouteCache(cluster.Connect(new RocketMQClientOptions { NameServers = [nameServer], Time = clock }));
        var before = await routes.GetAsync("T", Ct);

        await stub.DisposeAsync();
        clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Same(before, await routes.GetAsync("T", Ct));
        await Assert.ThrowsAsync<RocketMQNameServersUnavailableException>(() => routes.GetAsync("Other", Ct).AsTask());
    }

    [Fact]
    public async Task One_certain_name_server_can_be_asked()
    {
        await using var cluster = new StubCluster();
        var info = new ClusterInfo();
        info.ClusterAddrTable["c"] = new(["broker-a"]);
        var first = await cluster.ServeAsync((RequestCode.GetBrokerClusterInfo, static request => request.CreateResponse(0, body: new ClusterInfo().Encode(true))));
        var second = await cluster.ServeAsync((RequestCode.GetBrokerClusterInfo, request => request.CreateResponse(0, body: info.Encode(false))));
        var gone = await cluster.NobodyAsync();
        var admin = new RocketMQAdmin(cluster.Connect(first, second, gone));

        Assert.Empty((await admin.GetClusterInfoAsync(first, Ct)).ClusterAddrTable);
        Assert.Equal(["broker-a"], (await admin.GetClusterInfoAsync(second, Ct)).ClusterAddrTable["c"]);
        await Assert.ThrowsAsync<RemotingConnectException>(() => admin.GetClusterInfoAsync(gone, Ct));
    }

    [Fact]
    public async Task An_answer_that_cannot_be_read_is_told_with_its_address()
    {
        await using var cluster = new StubCluster();
        var address = await cluster.ServeAsync(
            (RequestCode.GetBrokerClusterInfo, static request => request.CreateResponse(0, body: "<html>"u8.ToArray())),
            (RequestCode.GetRouteinfoByTopic, static request => request.CreateResponse(1, "out of order")));
        var admin = new RocketMQAdmin(cluster.Connect(address));

        var unreadable = await Assert.ThrowsAsync<RocketMQResponseException>(() => admin.GetClusterInfoAsync(address, Ct));
        var refused = await Assert.ThrowsAsync<RocketMQResponseException>(() => admin.GetRouteAsync(address, "T", Ct));

        Assert.StartsWith($"{address} answered request 106 with code 0: the answer's body can't be read: not JSON", unreadable.Message);
        Assert.Equal($"{address} answered request 105 with code 1: out of order", refused.Message);
    }
}
