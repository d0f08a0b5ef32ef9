using System.Collections.Concurrent;
using System.Text;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Client.Tests;

public sealed class ConsumerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static RocketMQMessage Message(string topic, object text) => new(topic, Encoding.UTF8.GetBytes(text.ToString()!));

    [Fact]
    public async Task All_messages_come_once_and_progress_is_told_on_dispose()
    {
        await using var cluster = await EmbeddedCluster.StartAsync("broker-a", "broker-b");
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        var options = cluster.Consumer(topic);
        var received = new Received();
        List<MessageQueue> queues;
        await using (var consumer = await RocketMQConsumer.StartAsync(options, received.HandleAsync, Ct))
        {
            for (var i = 0; i < 200; i++) await producer.SendAsync(Message(topic, i), Ct);
            await received.HasAsync(200);
            queues = [.. consumer.Assignment.Where(queue => queue.Topic == topic)];
        }

        Assert.Equal(Enumerable.Range(0, 200).Select(static i => $"{i}").Order(), received.Texts.Order());
        Assert.Equal(8, queues.Count);
        var progress = 0L;
        foreach (var queue in queues) progress += await cluster.ProgressAsync(options.Group, queue);
        Assert.Equal(200, progress);
    }

    [Fact]
    public async Task A_second_member_takes_its_share_and_leaves_it_when_it_goes()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        var options = cluster.Consumer(topic, "share");
        await using var first = await RocketMQConsumer.StartAsync(options, static (_, _) => new(ConsumeResult.Success), Ct);
        await Eventually.TrueAsync("all queues at the first", () => Of(first) == 4);
        await using (var second = await RocketMQConsumer.StartAsync(options, static (_, _) => new(ConsumeResult.Success), Ct))
        {
            await Eventually.TrueAsync("two queues each", () => Of(first) == 2 && Of(second) == 2);
            Assert.DoesNotContain(first.Assignment.Intersect(second.Assignment), queue => queue.Topic == topic);
        }

        await Eventually.TrueAsync("all queues at the first again", () => Of(first) == 4);

        int Of(RocketMQConsumer consumer) => consumer.Assignment.Count(queue => queue.Topic == topic);
    }

    [Fact]
    public async Task What_fails_comes_again_with_its_old_topic_and_at_last_is_a_dead_letter()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        var options = cluster.Consumer(topic) with { MaxReconsumeTimes = 2 };
        var received = new Received();
        await using var consumer = await RocketMQConsumer.StartAsync(options, (message, _) =>
        {
            received.Add(message);
            return Received.Text(message) switch
            {
                "throws" => throw new InvalidOperationException("handler"),
                "once" => new(message.ReconsumeTimes == 0 ? ConsumeResult.RetryAfter(1) : ConsumeResult.Success),
                "dead" => new(ConsumeResult.DeadLetter),
                _ => new(ConsumeResult.Success),
            };
        }, Ct);

        foreach (var text in (string[])["throws", "once", "dead", "good"]) await producer.SendAsync(Message(topic, text), Ct);

        // Three tries, two, one and one; a second between tries.
        await received.HasAsync(7);
        var dead = await cluster.ReadAsync(TopicNames.Dlq(options.Group), 2);
        Assert.Equal(["dead", "throws"], dead.Select(Received.Text).Order());
        Assert.Equal(7, received.Count);
        Assert.All(received.Messages, message => Assert.Equal(topic, message.Topic));
        Assert.Equal([0, 1, 2], received.Messages.Where(static message => Received.Text(message) == "throws").Select(static message => message.ReconsumeTimes));
        Assert.Single(received.Messages.Where(static message => Received.Text(message) == "once").Select(static message => message.MessageId).Distinct());
    }

    [Fact]
    public async Task In_order_a_failure_holds_up_its_queue_only()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 2);
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        var options = cluster.Consumer(topic) with { Orderly = true, SuspendTime = TimeSpan.FromMilliseconds(300) };
        var queues = await producer.GetQueuesAsync(topic, Ct);
        foreach (var i in Enumerable.Range(0, 10))
        {
            await producer.SendAsync(Message(topic, i), queues.Count == 0 ? new(topic, "broker-a", 0) : queues[0], Ct);
            await producer.SendAsync(Message(topic, 100 + i), new(topic, "broker-a", 1), Ct);
        }

        var received = new Received();
        var failures = 0;
        await using var consumer = await RocketMQConsumer.StartAsync(options, (message, _) =>
        {
            if (Received.Text(message) == "3" && Interlocked.Increment(ref failures) <= 2) return new(ConsumeResult.Suspend);
            if (Received.Text(message) == "5" && message.ReconsumeTimes == 0) throw new InvalidOperationException("first time");
            return received.HandleAsync(message, default);
        }, Ct);

        await received.HasAsync(20);
        Assert.Equal(Enumerable.Range(0, 10), received.Texts.Select(int.Parse).Where(static i => i < 100));
        Assert.Equal(Enumerable.Range(100, 10), received.Texts.Select(int.Parse).Where(static i => i >= 100));
        Assert.Equal(3, failures);
        var position = received.Texts.IndexOf("3");
        Assert.True(received.Texts.Take(position).Count(static text => text.Length == 3) == 10, "the other queue went on meanwhile");
    }

    [Fact]
    public async Task Order_holds_while_members_come_and_go()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 4);
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        var options = cluster.Consumer(topic) with { Orderly = true };
        var received = new Received();
        var running = new ConcurrentDictionary<int, int>();
        var together = 0;

        async ValueTask<ConsumeResult> HandleAsync(RocketMQReceivedMessage message, CancellationToken ct)
        {
            if (running.AddOrUpdate(message.Queue.QueueId, 1, static (_, n) => n + 1) > 1) Interlocked.Increment(ref together);
            await Task.Delay(2, ct);
            received.Add(message);
            running.AddOrUpdate(message.Queue.QueueId, 0, static (_, n) => n - 1);
            return ConsumeResult.Success;
        }

        await using var first = await RocketMQConsumer.StartAsync(options, HandleAsync, Ct);
        for (var i = 0; i < 400; i++)
        {
            await producer.SendAsync(Message(topic, i) with { ShardingKey = $"{i % 7}" }, Ct);
            if (i == 100)
            {
                await using var second = await RocketMQConsumer.StartAsync(options, HandleAsync, Ct);
                await Eventually.TrueAsync("the second has queues", () => second.Assignment.Any(queue => queue.Topic == topic));
            }
        }

        await Eventually.TrueAsync("all of them", () => received.Texts.Distinct().Count() == 400);
        Assert.Equal(0, together);
        foreach (var key in Enumerable.Range(0, 7))
        {
            var numbers = received.Texts.Select(int.Parse).Where(i => i % 7 == key).Distinct().ToList();
            Assert.Equal(numbers.Order(), numbers);
        }
    }

    [Fact]
    public async Task Tags_and_sql_let_through_what_they_say()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        var byTag = new Received();
        var bySql = new Received();
        await using var tags = await RocketMQConsumer.StartAsync(cluster.Consumer(topic) with { Subscriptions = [TopicSubscription.Tags(topic, "AaAa", "red")] }, byTag.HandleAsync, Ct);
        await using var sql = await RocketMQConsumer.StartAsync(cluster.Consumer(topic) with { Subscriptions = [TopicSubscription.Sql(topic, "n > 5")] }, bySql.HandleAsync, Ct);

        // AaAa and BBBB have one hash code, so that only the client can tell them apart.
        foreach (var tag in (string[])["AaAa", "BBBB", "red", "green"]) await producer.SendAsync(Message(topic, tag) with { Tag = tag }, Ct);
        for (var i = 0; i < 10; i++) await producer.SendAsync(Message(topic, i) with { Properties = new Dictionary<string, string> { ["n"] = $"{i}" } }, Ct);

        await byTag.HasAsync(2);
        await bySql.HasAsync(4);
        Assert.Equal(["AaAa", "red"], byTag.Texts.Order());
        Assert.Equal(["6", "7", "8", "9"], bySql.Texts.Order());
        var wrong = cluster.Consumer(topic) with { Subscriptions = [TopicSubscription.Sql(topic, "n >")] };
        var e = await Assert.ThrowsAsync<RocketMQResponseException>(() => RocketMQConsumer.StartAsync(wrong, byTag.HandleAsync, Ct).AsTask());
        Assert.Equal(ResponseCode.SubscriptionParseFailed, e.Code);
        Assert.Contains("filter", e.Advice);
    }

    [Fact]
    public async Task Broadcasting_gives_everything_to_every_member_and_goes_on_where_it_was()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        for (var i = 0; i < 20; i++) await producer.SendAsync(Message(topic, i), Ct);
        var options = cluster.Consumer(topic, "all") with { MessageModel = MessageModel.Broadcasting };
        var (a, b, again) = (new Received(), new Received(), new Received());

        await using (var first = await RocketMQConsumer.StartAsync(options with { OffsetFile = folder["a.json"] }, a.HandleAsync, Ct))
        await using (var second = await RocketMQConsumer.StartAsync(options, b.HandleAsync, Ct))
        {
            await a.HasAsync(20);
            await b.HasAsync(20);
        }

        await producer.SendAsync(Message(topic, "later"), Ct);
        await using var third = await RocketMQConsumer.StartAsync(options with { OffsetFile = folder["a.json"] }, again.HandleAsync, Ct);
        await again.HasAsync(1);
        Assert.Equal(["later"], again.Texts);
    }

    [Fact]
    public async Task A_group_begins_where_it_is_told_to()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 1);
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        await producer.SendAsync(Message(topic, "old"), Ct);
        await cluster.ReadAsync(topic, 1);
        // Messages bear whole milliseconds.
        var stored = DateTimeOffset.UtcNow;
        await Eventually.TrueAsync("the clock to pass the old message", () => DateTimeOffset.UtcNow > stored.AddMilliseconds(2));
        var between = DateTimeOffset.UtcNow;
        await Eventually.TrueAsync("the clock to pass what lies between", () => DateTimeOffset.UtcNow > between.AddMilliseconds(2));
        await producer.SendAsync(Message(topic, "new"), Ct);
        await cluster.ReadAsync(topic, 2);
        var byTime = new Received();
        var first = new Received();
        // Only a broadcasting group can be without progress in a queue that has its first message yet.
        var options = cluster.Consumer(topic) with { MessageModel = MessageModel.Broadcasting };
        var last = new Received();

        await using var c = await RocketMQConsumer.StartAsync(options with { Group = "last", ConsumeFromWhere = ConsumeFromWhere.LastOffset }, last.HandleAsync, Ct);
        await using var a = await RocketMQConsumer.StartAsync(options with { Group = "time", ConsumeFromWhere = ConsumeFromWhere.Timestamp, ConsumeFromTime = between }, byTime.HandleAsync, Ct);
        await using var b = await RocketMQConsumer.StartAsync(options with { Group = "first" }, first.HandleAsync, Ct);
        await first.HasAsync(2);
        await Eventually.TrueAsync("the last one's queue", () => c.Assignment.Count == 1);
        await Eventually.TrueAsync("messages after its start", async () =>
        {
            await producer.SendAsync(Message(topic, "last"), Ct);
            return last.Count > 0;
        });

        await byTime.HasAsync(2);
        Assert.Contains("new", byTime.Texts);
        Assert.DoesNotContain("old", byTime.Texts);
        Assert.DoesNotContain("new", last.Texts);
    }

    [Fact]
    public async Task Requests_get_their_replies_and_time_out_without_one()
    {
        await using var cluster = await EmbeddedCluster.StartAsync("broker-a", "broker-b");
        var topic = await cluster.TopicAsync();
        await using var asker = await RocketMQProducer.StartAsync(cluster.Producer("askers"), Ct);
        await using var replier = await RocketMQProducer.StartAsync(cluster.Producer("repliers"), Ct);
        await using var consumer = await RocketMQConsumer.StartAsync(cluster.Consumer(topic), async (message, ct) =>
        {
            if (Received.Text(message) != "silence") await replier.ReplyAsync(message, Encoding.UTF8.GetBytes("re: " + Received.Text(message)), ct);
            return ConsumeResult.Success;
        }, Ct);

        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => asker.RequestAsync(Message(topic, $"q{i}"), TimeSpan.FromSeconds(20), Ct).AsTask()));

        Assert.Equal(Enumerable.Range(0, 10).Select(static i => $"re: q{i}"), replies.Select(Received.Text));
        await Assert.ThrowsAsync<RocketMQRequestTimeoutException>(() => asker.RequestAsync(Message(topic, "silence"), TimeSpan.FromSeconds(1), Ct).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => replier.ReplyAsync(new RocketMQReceivedMessage(new MessageRecord { Topic = "T", BornHost = new(0, 1), StoreHost = new(0, 1) }, "b"), new byte[1], Ct).AsTask());
    }
}
