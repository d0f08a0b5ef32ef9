using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Client.Tests;

/// <summary>Where consumers begin when what they were told of a queue isn't there, or isn't true any more.</summary>
public sealed class ConsumerStartTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static RocketMQMessage Message(string topic, object text) => new(topic, Encoding.UTF8.GetBytes(text.ToString()!));

    [Theory]
    [InlineData(MessageModel.Clustering)]
    [InlineData(MessageModel.Broadcasting)]
    public async Task A_consumer_that_stops_before_anything_came_misses_nothing_meanwhile(MessageModel model)
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 1);
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        await producer.SendAsync(Message(topic, "old"), Ct);
        await cluster.ReadAsync(topic, 1);
        var received = new Received();
        var options = cluster.Consumer(topic) with
        {
            MessageModel = model,
            ConsumeFromWhere = ConsumeFromWhere.LastOffset,
            OffsetFile = folder["offsets.json"],
            PollTimeout = TimeSpan.FromMinutes(1),
        };
        await using (var first = await RocketMQConsumer.StartAsync(options, received.HandleAsync, Ct))
        {
            await Eventually.TrueAsync("a pull that its broker holds", () => Pulled(first) > 0);
        }

        await producer.SendAsync(Message(topic, "meanwhile"), Ct);
        await using var second = await RocketMQConsumer.StartAsync(options, received.HandleAsync, Ct);

        await Eventually.TrueAsync("what was sent meanwhile", () => received.Texts.Contains("meanwhile"));
        Assert.Equal(received.Count, received.Texts.Distinct().Count());

        long Pulled(RocketMQConsumer consumer) =>
            consumer.Client.Groups.Consumer(options.Group)!.RunningInfo().Queues.Where(pair => pair.Key.Topic == topic).Select(static pair => pair.Value.LastPullTimestamp).FirstOrDefault();
    }

    [Theory]
    [InlineData(100)]
    [InlineData(3)]
    public async Task Progress_outside_of_a_queue_is_put_right(int told)
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 1);
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        for (var i = 0; i < 3; i++) await producer.SendAsync(Message(topic, i), Ct);
        await cluster.ReadAsync(topic, 3);
        var received = new Received();
        var options = cluster.Consumer(topic) with { PersistInterval = TimeSpan.FromMilliseconds(100) };
        var progress = new UpdateConsumerOffsetRequestHeader(options.Group, topic, 0, told).ToExtFields();
        await cluster.Connection.DemandAsync(cluster.Address(), RemotingCommand.CreateRequest(RequestCode.UpdateConsumerOffset, progress), Ct);

        await using var consumer = await RocketMQConsumer.StartAsync(options, received.HandleAsync, Ct);
        await Eventually.TrueAsync("progress at the queue's end", async () => await cluster.ProgressAsync(options.Group, new(topic, "broker-a", 0)) == 3);
        await producer.SendAsync(Message(topic, "new"), Ct);

        await received.HasAsync(1);
        Assert.Equal(["new"], received.Texts);
    }

    [Fact]
    public async Task A_topic_that_is_made_anew_is_gone_on_with()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 1);
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        var received = new Received();
        await using var consumer = await RocketMQConsumer.StartAsync(cluster.Consumer(topic), received.HandleAsync, Ct);
        for (var i = 0; i < 10; i++) await producer.SendAsync(Message(topic, i), Ct);
        await received.HasAsync(10);

        await cluster.Admin.Topics.DeleteAsync(topic, Ct);
        await cluster.Admin.CreateTopicAsync(cluster.Address(), new TopicConfig { TopicName = topic, ReadQueueNums = 1, WriteQueueNums = 1, Perm = PermName.ReadWrite }, Ct);

        // Brokers correct an offset behind the queue's end to its end, Apache's too: what came before that is passed over.
        await Eventually.TrueAsync("a message of the new topic", async () =>
        {
            await producer.SendAsync(Message(topic, "anew"), Ct);
            return received.Texts.Contains("anew");
        });
    }

    [Fact]
    public async Task A_topic_that_comes_later_is_waited_for_where_brokers_make_none()
    {
        await using var cluster = await EmbeddedCluster.StartWithAsync("autoCreateTopicEnable=false");
        var topic = $"Later-{Guid.NewGuid():N}";
        var received = new Received();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        await using var consumer = await RocketMQConsumer.StartAsync(cluster.Consumer(topic), received.HandleAsync, Ct);

        var e = await Assert.ThrowsAsync<RocketMQTopicNotFoundException>(() => producer.SendAsync(Message(topic, "early"), Ct).AsTask());
        Assert.Contains(topic, e.Message);
        Assert.StartsWith("create the topic", e.Advice);
        await cluster.Admin.CreateTopicAsync(cluster.Address(), new TopicConfig { TopicName = topic, ReadQueueNums = 1, WriteQueueNums = 1, Perm = PermName.ReadWrite }, Ct);
        await Eventually.TrueAsync("the topic to be sent to", async () =>
        {
            try
            {
                return (await producer.SendAsync(Message(topic, "there"), Ct)).IsAcknowledged;
            }
            catch (RocketMQTopicNotFoundException)
            {
                return false;
            }
        });

        await received.HasAsync(1);
        Assert.Equal(["there"], received.Texts);
    }
}
