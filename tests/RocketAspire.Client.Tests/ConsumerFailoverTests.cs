using System.Collections.Concurrent;
using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Client.Tests;

/// <summary>What brokers do to consumers: go, come back, forget them, and ask them things.</summary>
public sealed class ConsumerFailoverTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static RocketMQMessage Message(string topic, object text) => new(topic, Encoding.UTF8.GetBytes(text.ToString()!));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_a_broker_that_goes_and_comes_back_everything_sent_is_received(bool orderly)
    {
        await using var cluster = await EmbeddedCluster.StartAsync("broker-a", "broker-b");
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        var received = new Received();
        await using var consumer = await RocketMQConsumer.StartAsync(cluster.Consumer(topic) with { Orderly = orderly }, received.HandleAsync, Ct);
        var sent = new ConcurrentBag<string>();
        var stop = false;
        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; !Volatile.Read(ref stop); i++)
            {
                await producer.SendAsync(Message(topic, $"{worker}-{i}"), Ct);
                sent.Add($"{worker}-{i}");
                await Task.Delay(1, Ct);
            }
        })));

        await received.HasAsync(100);
        await cluster.StopBrokerAsync("broker-b");
        var before = received.Count;
        await received.HasAsync(before + 100);
        await cluster.StartBrokerAsync("broker-b");
        await Eventually.TrueAsync("messages of the broker that came back", async () => (await cluster.Admin.GetMaxOffsetAsync(cluster.Address("broker-b"), topic, 0, Ct)) > 0 && received.Count > before + 300);
        Volatile.Write(ref stop, true);
        await load.WaitAsync(Eventually.Limit, Ct);

        await Eventually.TrueAsync($"all {sent.Count} sent", () => !sent.Except(received.Texts).Any(), TimeSpan.FromSeconds(40));
        TestContext.Current.TestOutputHelper?.WriteLine($"sent {sent.Count}, received {received.Count}, duplicates {received.Count - received.Texts.Distinct().Count()}");
    }

    [Fact]
    public async Task An_operator_learns_what_a_consumer_does_and_moves_it()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 1);
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        var options = cluster.Consumer(topic) with { PersistInterval = TimeSpan.FromMilliseconds(100) };
        var received = new Received();
        await using var consumer = await RocketMQConsumer.StartAsync(options, (message, ct) =>
            Received.Text(message) == "bad" ? throw new InvalidOperationException("no good") : received.HandleAsync(message, ct), Ct);
        var first = await producer.SendAsync(Message(topic, "a"), Ct);
        await producer.SendAsync(Message(topic, "b"), Ct);
        await received.HasAsync(2);
        var id = consumer.Client.ClientId;
        // Brokers reset only groups of which they know progress.
        await Eventually.TrueAsync("progress at the broker", async () => await cluster.ProgressAsync(options.Group, new(topic, "broker-a", 0)) == 2);

        var info = ConsumerRunningInfo.Decode((await AskAsync(RequestCode.GetConsumerRunningInfo, new GetConsumerRunningInfoRequestHeader(options.Group, id).ToExtFields())).Body.Span);
        Assert.Equal("CONSUME_PASSIVELY", info.Properties["PROP_CONSUME_TYPE"]);
        Assert.Contains(info.Queues, pair => pair.Key.Topic == topic);
        Assert.Contains(info.Subscriptions, subscription => subscription.Topic == topic);

        var status = ConsumerStatusBody.Decode((await AskAsync(RequestCode.InvokeBrokerToGetConsumerStatus, new GetConsumerStatusRequestHeader(topic, options.Group, null).ToExtFields())).Body.Span);
        Assert.Equal(2, Assert.Single(status.Clients, client => client.Key == id).Value.Single().Value);

        var direct = ConsumeMessageDirectlyResult.Decode(
            (await AskAsync(RequestCode.ConsumeMessageDirectly, new ConsumeMessageDirectlyRequestHeader(options.Group, id, first.OffsetMessageId, null).ToExtFields())).Body.Span);
        Assert.Equal(("CR_SUCCESS", 3), (direct.ConsumeResult, received.Count));

        await AskAsync(RequestCode.InvokeBrokerToResetOffset, new ResetOffsetRequestHeader(topic, options.Group, 0, true).ToExtFields());
        await received.HasAsync(5);
        Assert.Equal(["a", "a", "a", "b", "b"], received.Texts.Order());

        async Task<RemotingCommand> AskAsync(int code, ExtFields fields) =>
            await cluster.Connection.DemandAsync(cluster.Address(), RemotingCommand.CreateRequest(code, fields), Ct);
    }

    [Fact]
    public async Task One_client_serves_several_groups_but_each_once()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        await using var client = new RocketMQClient(new RocketMQClientOptions { NameServers = NameServerList.Parse(cluster.NameServers) });
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer() with { Client = client }, Ct);
        var (a, b) = (new Received(), new Received());
        await using var first = await RocketMQConsumer.StartAsync(cluster.Consumer(topic, "a") with { Client = client }, a.HandleAsync, Ct);
        await using var second = await RocketMQConsumer.StartAsync(cluster.Consumer(topic, "b") with { Client = client }, b.HandleAsync, Ct);

        await producer.SendAsync(Message(topic, "m"), Ct);

        await a.HasAsync(1);
        await b.HasAsync(1);
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => RocketMQConsumer.StartAsync(cluster.Consumer(topic, "a") with { Client = client }, a.HandleAsync, Ct).AsTask());
        Assert.Contains("group a already", e.Message);
    }

    [Fact]
    public void Queues_are_shared_out_evenly_and_completely()
    {
        var queues = Enumerable.Range(0, 11).Select(static i => new MessageQueue("T", "b", i)).ToList();
        foreach (var strategy in (IAllocateStrategy[])[AllocateStrategies.Averagely, AllocateStrategies.AveragelyByCircle])
        {
            for (var members = 1; members <= 13; members++)
            {
                var ids = Enumerable.Range(0, members).Select(static i => $"c{i:00}").ToList();
                var shares = ids.ConvertAll(id => strategy.Allocate(id, queues, ids));
                Assert.Equal(queues, shares.SelectMany(static share => share).Order());
                Assert.InRange(shares.Max(static share => share.Count) - shares.Min(static share => share.Count), 0, 1);
            }
        }
    }
}
