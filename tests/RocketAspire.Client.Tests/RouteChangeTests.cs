using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client.Tests;

/// <summary>What a producer makes of routes that are about to change, long before it would ask for them again by itself.</summary>
public sealed class RouteChangeTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static RocketMQProducerOptions Options(string nameServer) => new() { NameServers = nameServer, Group = "g", RouteInterval = TimeSpan.FromMinutes(10) };

    private static (int, Func<RemotingCommand, RemotingCommand?>) Stores(int code, Action stored) => (RequestCode.SendMessageV2, request =>
    {
        stored();
        var answer = request.CreateResponse(code);
        answer.ExtFields["msgId"] = "7F00000100002A9F0000000000000000";
        answer.ExtFields["queueId"] = "0";
        answer.ExtFields["queueOffset"] = "0";
        return answer;
    }
    );

    private static (int, Func<RemotingCommand, RemotingCommand?>) Routes(Func<Dictionary<string, Dictionary<long, string>>> brokers) => (RequestCode.GetRouteinfoByTopic, request =>
    {
        var now = brokers();
        return request.CreateResponse(0, body: new TopicRouteData
        {
            QueueDatas = [.. now.Keys.Select(static name => new QueueData { BrokerName = name, ReadQueueNums = 4, WriteQueueNums = 4, Perm = 6 })],
            BrokerDatas = [.. now.Select(static broker => new BrokerData { Cluster = "c", BrokerName = broker.Key, BrokerAddrs = new(broker.Value) })],
        }.Encode(quoteKeys: false));
    }
    );

    [Fact]
    public async Task A_route_without_a_master_is_asked_for_again_by_the_send_itself()
    {
        await using var cluster = new StubCluster();
        var broker = await cluster.ServeAsync(Stores(0, static () => { }));
        var asked = 0;
        var nameServer = await cluster.ServeAsync(Routes(() => new() { ["broker-a"] = new() { [Interlocked.Increment(ref asked) > 1 ? 0 : 1] = broker } }));
        await using var producer = await RocketMQProducer.StartAsync(Options(nameServer), Ct);

        var result = await producer.SendAsync(new RocketMQMessage("T", new byte[1]), Ct);

        Assert.True(result.IsAcknowledged);
    }

    [Fact]
    public async Task A_group_that_stays_without_a_master_is_told_and_the_next_send_looks_anew()
    {
        await using var cluster = new StubCluster();
        var broker = await cluster.ServeAsync(Stores(0, static () => { }));
        var elected = false;
        var nameServer = await cluster.ServeAsync(Routes(() => new() { ["broker-a"] = new() { [Volatile.Read(ref elected) ? 0 : 1] = broker } }));
        await using var producer = await RocketMQProducer.StartAsync(Options(nameServer), Ct);

        var e = await Assert.ThrowsAsync<RocketMQSendException>(() => producer.SendAsync(new RocketMQMessage("T", new byte[1]), Ct).AsTask());
        Assert.Contains("no broker of it has a master", e.Message);
        Volatile.Write(ref elected, true);

        Assert.True((await producer.SendAsync(new RocketMQMessage("T", new byte[1]), Ct)).IsAcknowledged);
    }

    [Fact]
    public async Task A_broker_that_lost_its_slave_is_passed_over_while_another_has_one()
    {
        await using var cluster = new StubCluster();
        var (alone, whole) = (0, 0);
        var a = await cluster.ServeAsync(Stores(ResponseCode.SlaveNotAvailable, () => alone++));
        var b = await cluster.ServeAsync(Stores(0, () => whole++));
        var asked = 0;
        // The second broker comes back behind the first route.
        var nameServer = await cluster.ServeAsync(Routes(() => Interlocked.Increment(ref asked) == 1
            ? new() { ["broker-a"] = new() { [0] = a } }
            : new() { ["broker-a"] = new() { [0] = a }, ["broker-b"] = new() { [0] = b } }));
        await using var producer = await RocketMQProducer.StartAsync(Options(nameServer), Ct);

        // A heartbeat that it answers, as the one to a new route's brokers, gives it another chance.
        await TestSupport.Eventually.TrueAsync("twenty sends to the second broker in a row", async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                if (!(await producer.SendAsync(new RocketMQMessage("T", new byte[1]), Ct)).IsAcknowledged) return false;
            }

            return true;
        });
        Assert.True(alone > 0);
        Assert.True(whole >= 20);
    }
}
