using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Client.Tests;

/// <summary>A consumer of a group whose leader dies: the next leader takes the number 0 over, at another address.</summary>
public sealed class LeaderChangeTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Next_leader_is_asked_as_soon_as_the_name_server_knows_it()
    {
        await using var cluster = new StubCluster();
        using var folder = new TemporaryFolder();
        var (asked, sentAway, reached) = (0, 0, 0);
        // Held, as pulls are while there is nothing new.
        var leader = await cluster.ServeAsync(Begins, (RequestCode.PullMessage, _ => Count(ref asked, null)));
        var follower = await cluster.ServeAsync((RequestCode.PullMessage, request => Count(ref sentAway, SentAway(request))));
        var next = await cluster.ServeAsync((RequestCode.PullMessage, _ => Count(ref reached, null)));
        var nodes = new Dictionary<long, string> { [0] = leader, [1] = follower };
        var nameServer = await cluster.ServeAsync((RequestCode.GetRouteinfoByTopic, request => request.CreateResponse(0, body: new TopicRouteData
        {
            QueueDatas = [new() { BrokerName = "broker-a", ReadQueueNums = 1, WriteQueueNums = 1, Perm = 6 }],
            BrokerDatas = [new() { Cluster = "c", BrokerName = "broker-a", BrokerAddrs = new(Volatile.Read(ref nodes)) }],
        }.Encode(quoteKeys: false))));
        var options = new RocketMQConsumerOptions
        {
            NameServers = nameServer,
            Group = "g",
            Subscriptions = ["T"],
            MessageModel = MessageModel.Broadcasting,
            OffsetFile = folder["offsets.json"],
            ConsumeFromWhere = ConsumeFromWhere.FirstOffset,
            RouteInterval = TimeSpan.FromMinutes(10),
        };
        await using var consumer = await RocketMQConsumer.StartAsync(options, static (_, _) => new(ConsumeResult.Success), Ct);
        await Eventually.TrueAsync("a pull at the leader", () => Volatile.Read(ref asked) > 0);

        Volatile.Write(ref nodes, new() { [1] = follower });
        await cluster.StopAsync(leader);
        await Eventually.TrueAsync("the follower to be asked meanwhile", () => Volatile.Read(ref sentAway) > 3);
        Volatile.Write(ref nodes, new() { [0] = next, [1] = follower });

        await Eventually.TrueAsync("a pull at the next leader", () => Volatile.Read(ref reached) > 0);
        Assert.InRange(Volatile.Read(ref sentAway), 1, 100);
    }

    private static (int, Func<RemotingCommand, RemotingCommand?>) Begins => (RequestCode.GetMinOffset, request =>
    {
        var answer = request.CreateResponse(0);
        answer.ExtFields["offset"] = "0";
        return answer;
    }
    );

    private static RemotingCommand? Count(ref int number, RemotingCommand? answer)
    {
        Interlocked.Increment(ref number);
        return answer;
    }

    /// <summary>What a slave says that may not be read from, or that is behind.</summary>
    private static RemotingCommand SentAway(RemotingCommand request)
    {
        var answer = request.CreateResponse(ResponseCode.PullRetryImmediately);
        answer.ExtFields["suggestWhichBrokerId"] = "0";
        answer.ExtFields["nextBeginOffset"] = request.ExtFields["queueOffset"];
        answer.ExtFields["minOffset"] = "0";
        answer.ExtFields["maxOffset"] = "0";
        return answer;
    }
}
