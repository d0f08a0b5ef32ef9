using System.Diagnostics;
using System.Text;
using RocketAspire.TestSupport;

namespace RocketAspire.Client.Tests;

public sealed class ConsumerLimitsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static RocketMQMessage Message(string topic, object text) => new(topic, Encoding.UTF8.GetBytes(text.ToString()!));

    [Fact]
    public async Task A_handler_that_never_ends_neither_stops_the_others_nor_the_dispose()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 1);
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        var received = new Received();
        var never = new TaskCompletionSource();
        var stuck = 0;
        var options = cluster.Consumer(topic) with { ConsumeTimeout = TimeSpan.FromMilliseconds(500), StopGrace = TimeSpan.FromMilliseconds(300) };
        var consumer = await RocketMQConsumer.StartAsync(options, async (message, _) =>
        {
            if (Received.Text(message) == "stuck" && Interlocked.Increment(ref stuck) <= 2) await never.Task;
            return received.Add(message);
        }, Ct);

        await producer.SendAsync(Message(topic, "stuck"), Ct);
        for (var i = 0; i < 20; i++) await producer.SendAsync(Message(topic, i), Ct);

        // It comes again, twice, and the queue's progress goes past it.
        await received.HasAsync(21);
        var watch = Stopwatch.StartNew();
        await consumer.DisposeAsync();
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 8);
        Assert.Equal(21, await cluster.ProgressAsync(options.Group, new(topic, "broker-a", 0)));
        never.SetResult();
    }

    [Fact]
    public async Task What_is_not_finished_bounds_what_is_fetched()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 1);
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        for (var i = 0; i < 200; i++) await producer.SendAsync(Message(topic, i), Ct);
        await cluster.ReadAsync(topic, 200);
        var options = cluster.Consumer(topic) with { PrefetchCount = 20, PullBatchSize = 10, Concurrency = 2 };
        var gate = new TaskCompletionSource();
        var received = new Received();
        await using var consumer = await RocketMQConsumer.StartAsync(options, async (message, _) =>
        {
            received.Add(message);
            await gate.Task;
            return ConsumeResult.Success;
        }, Ct);

        await received.HasAsync(2);
        var member = consumer.Client.Groups.Consumer(options.Group)!;
        await Eventually.TrueAsync("a full queue", () => Cached() >= 20);
        Assert.InRange(Cached(), 20, 29);
        Assert.Equal(2, received.Count);
        gate.SetResult();
        await received.HasAsync(200);

        int Cached() => member.RunningInfo().Queues.Where(pair => pair.Key.Topic == topic).Sum(static pair => pair.Value.CachedMsgCount);
    }
}
