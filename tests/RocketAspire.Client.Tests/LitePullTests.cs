using System.Text;
using RocketAspire.TestSupport;

namespace RocketAspire.Client.Tests;

public sealed class LitePullTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static RocketMQLitePullOptions Options(EmbeddedCluster cluster, string? topic, string group) => new()
    {
        NameServers = cluster.NameServers,
        Group = group,
        Subscriptions = topic is null ? [] : [topic],
        ConsumeFromWhere = ConsumeFromWhere.FirstOffset,
        PollTimeout = TimeSpan.FromSeconds(5),
        RebalanceInterval = TimeSpan.FromSeconds(2),
    };

    private static async Task SendAsync(EmbeddedCluster cluster, string topic, int first, int count, int queue = 0)
    {
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        for (var i = first; i < first + count; i++) await producer.SendAsync(new RocketMQMessage(topic, Encoding.UTF8.GetBytes($"{i}")), new(topic, "broker-a", queue), Ct);
    }

    private static async Task<List<string>> TakeAsync(RocketMQLitePullConsumer consumer, int count, Func<Task>? afterEach = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(Eventually.Limit);
        var texts = new List<string>();
        await foreach (var message in consumer.ReadAllAsync(limit.Token))
        {
            texts.Add(Received.Text(message));
            if (afterEach is not null) await afterEach();
            if (texts.Count == count) break;
        }

        return texts;
    }

    [Fact]
    public async Task Messages_come_as_a_sequence_and_the_next_start_goes_on_behind_them()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 1);
        await SendAsync(cluster, topic, 0, 10);

        await using (var consumer = await RocketMQLitePullConsumer.StartAsync(Options(cluster, topic, "lite"), Ct))
        {
            Assert.Equal(Enumerable.Range(0, 6).Select(static i => $"{i}"), await TakeAsync(consumer, 6));
        }

        // It left while it had 5: that was not done.
        Assert.Equal(5, await cluster.ProgressAsync("lite", new(topic, "broker-a", 0)));
        await using var again = await RocketMQLitePullConsumer.StartAsync(Options(cluster, topic, "lite"), Ct);
        Assert.Equal(["5", "6", "7", "8", "9"], await TakeAsync(again, 5));
    }

    [Fact]
    public async Task Without_auto_commit_only_what_is_committed_is_done()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 1);
        await SendAsync(cluster, topic, 0, 10);
        var queue = new MessageQueue(topic, "broker-a", 0);
        var options = Options(cluster, topic, "explicit") with { AutoCommit = false };

        await using (var consumer = await RocketMQLitePullConsumer.StartAsync(options, Ct))
        {
            var count = 0;
            await TakeAsync(consumer, 6, async () =>
            {
                if (++count == 4) await consumer.CommitAsync(Ct);
            });
            Assert.Equal(4, await consumer.GetCommittedAsync(queue, Ct));
        }

        Assert.Equal(4, await cluster.ProgressAsync("explicit", queue));
        await using var again = await RocketMQLitePullConsumer.StartAsync(options, Ct);
        Assert.Equal(["4", "5"], await TakeAsync(again, 2));
    }

    [Fact]
    public async Task Queues_can_be_picked_sought_and_paused()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 2);
        await SendAsync(cluster, topic, 0, 10, queue: 0);
        await SendAsync(cluster, topic, 100, 10, queue: 1);
        await cluster.ReadAsync(topic, 20);
        await using var consumer = await RocketMQLitePullConsumer.StartAsync(Options(cluster, null, "picks"), Ct);
        var queues = await consumer.GetQueuesAsync(topic, Ct);
        if (queues.Count == 0) queues = [new(topic, "broker-a", 0), new(topic, "broker-a", 1)];

        await consumer.AssignAsync([queues[1]], Ct);
        Assert.Equal(["100", "101"], await TakeAsync(consumer, 2));
        consumer.Seek(queues[1], 7);
        Assert.Equal(["107", "108", "109"], await TakeAsync(consumer, 3));
        await consumer.SeekToBeginAsync(queues[1], Ct);
        Assert.Equal(["100"], await TakeAsync(consumer, 1));
        await consumer.AssignAsync(queues, Ct);
        consumer.Pause(queues[1]);
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => $"{i}"), (await TakeAsync(consumer, 10)).Where(static text => text.Length == 1));
        await consumer.SeekToEndAsync(queues[1], Ct);
        consumer.Resume(queues[1]);
        await SendAsync(cluster, topic, 200, 1, queue: 1);
        Assert.Contains("200", await TakeAsync(consumer, 2));
        Assert.Throws<InvalidOperationException>(() => consumer.Seek(new(topic, "broker-a", 7), 0));
    }

    [Fact]
    public async Task Disposing_ends_a_reader_that_waits()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        var consumer = await RocketMQLitePullConsumer.StartAsync(Options(cluster, topic, "ends"), Ct);
        var reading = TakeAsync(consumer, 1);
        await Eventually.TrueAsync("its queues", () => consumer.Assignment.Count == 4);

        await consumer.DisposeAsync();

        Assert.Empty(await reading.WaitAsync(Eventually.Limit, Ct));
    }
}
