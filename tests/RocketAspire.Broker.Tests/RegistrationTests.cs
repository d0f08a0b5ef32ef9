using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.NameServer;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests;

public sealed class RegistrationTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_is_known_to_every_name_server_and_signs_off_when_it_stops()
    {
        await using var first = await NameServerAsync();
        await using var second = await NameServerAsync();
        string[] addresses = [first.Endpoint.ToString(), second.Endpoint.ToString()];
        var broker = await TestBroker.StartAsync(o => o with { NameServers = addresses });
        await broker.Node.Registered.WaitAsync(TestBroker.Long, Ct);
        await using var observer = new Remoting.RemotingClient(new(), NullLoggerFactory.Instance);
        foreach (var address in addresses)
        {
            await Eventually.TrueAsync($"the broker at {address}", async () => (await ClusterAsync(observer, address)).BrokerAddrTable.ContainsKey("broker-a"));
            var cluster = await ClusterAsync(observer, address);
            Assert.Equal(broker.Address, cluster.BrokerAddrTable["broker-a"].BrokerAddrs[0]);
            Assert.Equal(["broker-a"], cluster.ClusterAddrTable["DefaultCluster"]);
        }

        await broker.DisposeAsync();
        foreach (var address in addresses) Assert.DoesNotContain("broker-a", (await ClusterAsync(observer, address)).BrokerAddrTable.Keys);
    }

    [Fact]
    public async Task The_order_of_start_does_not_matter()
    {
        var port = FreePort();
        await using var broker = await TestBroker.StartAsync(o => o with { NameServers = [$"127.0.0.1:{port}"] });
        Assert.False(broker.Node.Registered.IsCompleted);
        await using var nameServer = await NameServerAsync(port);
        await broker.Node.Registered.WaitAsync(TestBroker.Long, Ct);
    }

    [Fact]
    public async Task A_name_server_that_was_restarted_knows_its_brokers_long_before_the_next_period()
    {
        var port = FreePort();
        var address = $"127.0.0.1:{port}";
        await using var broker = await TestBroker.StartAsync(o => o with { NameServers = [address], RegisterNameServerPeriod = TimeSpan.FromSeconds(60) });
        await using (await NameServerAsync(port)) await broker.Node.Registered.WaitAsync(TestBroker.Long, Ct);
        await using var again = await NameServerAsync(port);
        await using var observer = new Remoting.RemotingClient(new(), NullLoggerFactory.Instance);
        await Eventually.TrueAsync("the broker to be known again", async () => (await ClusterAsync(observer, address)).BrokerAddrTable.ContainsKey("broker-a"));
    }

    [Fact]
    public async Task A_created_topic_has_a_route_when_the_answer_comes()
    {
        await using var nameServer = await NameServerAsync();
        var address = nameServer.Endpoint.ToString();
        await using var broker = await TestBroker.StartAsync(o => o with { NameServers = [address] });
        await broker.Node.Registered.WaitAsync(TestBroker.Long, Ct);
        await broker.CreateTopicAsync("orders", queues: 3);
        var route = await RouteAsync(broker, address, "orders");
        Assert.Equal(0, route.Code);
        Assert.Equal(3, Assert.Single(TopicRouteData.Decode(route.Body.Span).QueueDatas).ReadQueueNums);

        await broker.SentAsync("auto", "x");
        await Eventually.TrueAsync("a route of the auto-created topic", async () => (await RouteAsync(broker, address, "auto")).Code == 0);
    }

    [Fact]
    public async Task A_broker_that_may_not_be_written_says_so_in_its_topics()
    {
        await using var nameServer = await NameServerAsync();
        var address = nameServer.Endpoint.ToString();
        await using var broker = await TestBroker.StartAsync(o => o with { NameServers = [address] });
        await broker.CreateTopicAsync("orders");
        var update = System.Text.Encoding.UTF8.GetBytes("brokerPermission=4\n");
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.UpdateBrokerConfig, null, update)).Code);
        await Eventually.TrueAsync("read-only queues in the route", async () =>
        {
            var route = await RouteAsync(broker, address, "orders");
            return route.Code == 0 && TopicRouteData.Decode(route.Body.Span).QueueDatas[0].Perm == 4;
        });
    }

    [Fact]
    public async Task A_slave_whose_master_is_gone_gives_its_topics_a_route_at_a_name_server_that_starts_anew()
    {
        var port = FreePort();
        var address = $"127.0.0.1:{port}";
        await using var slave = await TestBroker.StartAsync(o => o with
        {
            NameServers = [address],
            Role = BrokerRole.Slave,
            BrokerId = 1,
            RegisterNameServerPeriod = TimeSpan.FromMilliseconds(100),
        });
        slave.Node.Tables.Topics.Put(new TopicConfig { TopicName = "orders", ReadQueueNums = 3, WriteQueueNums = 3 });
        for (var start = 0; start < 2; start++)
        {
            await using var nameServer = await NameServerAsync(port);
            await Eventually.TrueAsync("a route to the slave", async () => (await RouteAsync(slave, address, "orders")).Code == 0);
            var route = TopicRouteData.Decode((await RouteAsync(slave, address, "orders")).Body.Span);
            Assert.Equal(3, Assert.Single(route.QueueDatas).ReadQueueNums);
            Assert.Equal([new KeyValuePair<long, string>(1, slave.Address)], Assert.Single(route.BrokerDatas).BrokerAddrs);
        }
    }

    private static Task<NameServerNode> NameServerAsync(int port = 0) => NameServerNode.StartAsync(
        new NameServerOptions { Listen = [new IPEndPoint(IPAddress.Loopback, port)] }, NullLoggerFactory.Instance, TimeProvider.System, Ct);

    private static async Task<ClusterInfo> ClusterAsync(Remoting.RemotingClient client, string address) =>
        ClusterInfo.Decode((await client.InvokeAsync(address, RemotingCommand.CreateRequest(RequestCode.GetBrokerClusterInfo), TestBroker.Long, Ct)).Body.Span);

    private static async Task<RemotingCommand> RouteAsync(TestBroker broker, string address, string topic) =>
        await broker.Client.InvokeAsync(address, RemotingCommand.CreateRequest(RequestCode.GetRouteinfoByTopic, new ExtFields { { "topic", topic } }), TestBroker.Long, Ct);

    private static int FreePort() => FreePorts.Next();
}
