using System.Collections.Concurrent;
using System.Text;
using RocketAspire.TestSupport;

namespace RocketAspire.Client.Tests;

public sealed class ProducerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(RocketMQReceivedMessage message) => Encoding.UTF8.GetString(message.Body.Span);

    [Fact]
    public async Task What_is_sent_is_there_with_all_that_it_said()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);

        var result = await producer.SendAsync(
            new RocketMQMessage(topic, Bytes("hello")) { Tag = "red", Keys = ["k1", "k2"], Flag = 7, Properties = new Dictionary<string, string> { ["own"] = "é" } }, Ct);

        Assert.Equal((SendStatus.Ok, topic, "broker-a"), (result.Status, result.Queue.Topic, result.Queue.BrokerName));
        var message = Assert.Single(await cluster.ReadAsync(topic, 1));
        Assert.Equal(("hello", "red", 7, "é", result.MessageId), (Text(message), message.Tag, message.Flag, message.Property("own"), message.MessageId));
        Assert.Equal((result.OffsetMessageId, result.Queue, result.QueueOffset), (message.OffsetMessageId, message.Queue, message.QueueOffset));
        Assert.Equal(["k1", "k2"], message.Keys);
    }

    [Fact]
    public async Task Messages_go_round_all_queues_of_all_brokers()
    {
        await using var cluster = await EmbeddedCluster.StartAsync("broker-a", "broker-b");
        var topic = await cluster.TopicAsync(queues: 2);
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);

        var queues = new List<MessageQueue>();
        for (var i = 0; i < 8; i++) queues.Add((await producer.SendAsync(new RocketMQMessage(topic, Bytes("m")), Ct)).Queue);

        Assert.Equal(4, queues.Distinct().Count());
        Assert.All(queues.GroupBy(static queue => queue), static group => Assert.Equal(2, group.Count()));
    }

    [Fact]
    public async Task A_topic_is_made_by_its_first_message()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        var topic = $"New-{Guid.NewGuid():N}";

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => producer.SendAsync(new RocketMQMessage(topic, Bytes($"{i}")), Ct).AsTask()));

        Assert.All(results, static result => Assert.True(result.IsAcknowledged));
        Assert.Equal(20, (await cluster.ReadAsync(topic, 20)).Count);
    }

    [Fact]
    public async Task One_key_means_one_queue_and_its_order()
    {
        await using var cluster = await EmbeddedCluster.StartAsync("broker-a", "broker-b");
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);

        for (var i = 0; i < 30; i++) await producer.SendAsync(new RocketMQMessage(topic, Bytes($"{i}")) { ShardingKey = $"key-{i % 3}" }, Ct);

        var byKey = (await cluster.ReadAsync(topic, 30)).GroupBy(static message => message.ShardingKey).ToList();
        Assert.Equal(3, byKey.Count);
        foreach (var messages in byKey)
        {
            Assert.Single(messages.Select(static message => message.Queue).Distinct());
            var numbers = messages.OrderBy(static message => message.QueueOffset).Select(static message => int.Parse(Text(message))).ToList();
            Assert.Equal(numbers.Order(), numbers);
        }
    }

    [Fact]
    public async Task A_batch_lies_in_one_queue_and_too_much_is_split()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer() with { MaxMessageBytes = 200_000 }, Ct);
        var messages = Enumerable.Range(0, 50).Select(i => new RocketMQMessage(topic, new byte[10_000]) { Tag = $"{i}" }).ToList();

        await Assert.ThrowsAsync<ArgumentException>(() => producer.SendBatchAsync(messages, Ct).AsTask());
        var batches = RocketMQBatch.Split(messages, 100_000).ToList();
        foreach (var batch in batches)
        {
            var result = await producer.SendBatchAsync(batch, Ct);
            Assert.Equal(batch.Count, result.MessageId.Split(',').Length);
            Assert.Equal(batch.Count, result.OffsetMessageId.Split(',').Length);
        }

        Assert.InRange(batches.Count, 5, 8);
        Assert.Equal(Enumerable.Range(0, 50).Select(static i => $"{i}").Order(), (await cluster.ReadAsync(topic, 50)).Select(static message => message.Tag).Order());
    }

    [Theory]
    [InlineData(CompressionType.Zlib)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task Large_bodies_travel_packed_and_come_out_whole(CompressionType type)
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer() with { Compression = type }, Ct);
        var random = new byte[100_000];
        new Random(1).NextBytes(random);

        await producer.SendAsync(new RocketMQMessage(topic, Encoding.UTF8.GetBytes(new string('x', 100_000))) { Tag = "soft" }, Ct);
        await producer.SendAsync(new RocketMQMessage(topic, random) { Tag = "hard" }, Ct);

        var messages = (await cluster.ReadAsync(topic, 2)).ToDictionary(static message => message.Tag!);
        Assert.True(messages["soft"].Record.Body.Length < 2_000);
        Assert.Equal(new string('x', 100_000), Text(messages["soft"]));
        Assert.Equal(random, messages["hard"].Body.ToArray());
    }

    [Fact]
    public async Task Delayed_messages_come_when_they_are_due()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        var now = DateTimeOffset.UtcNow;

        await producer.SendAsync(new RocketMQMessage(topic, Bytes("level")) { DelayLevel = 1 }, Ct);
        await producer.SendAsync(new RocketMQMessage(topic, Bytes("at")) { DeliverAt = now.AddSeconds(2) }, Ct);
        await producer.SendAsync(new RocketMQMessage(topic, Bytes("after")) { DeliverAfter = TimeSpan.FromSeconds(2) }, Ct);

        Assert.Empty(await cluster.ReadAsync(topic));
        await Eventually.TrueAsync("all three", async () => (await cluster.ReadAsync(topic)).Count == 3);
        Assert.All(await cluster.ReadAsync(topic), message => Assert.InRange((message.StoredAt - now).TotalSeconds, 0.9, 15));
    }

    [Fact]
    public async Task Namespaces_stand_before_topics_on_the_wire_only()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer() with { Namespace = "NS1" }, Ct);

        var result = await producer.SendAsync(new RocketMQMessage("Orders", Bytes("m")), Ct);

        Assert.Equal("Orders", result.Queue.Topic);
        Assert.Single(await cluster.ReadAsync("NS1%Orders", 1));
    }

    [Fact]
    public async Task What_no_broker_takes_is_refused_before_it_is_sent()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer() with { MaxMessageBytes = 1000, TransactionChecker = null }, Ct);
        RocketMQMessage[] wrong =
        [
            new("T", default(ReadOnlyMemory<byte>)),
            new("T", new byte[1001]),
            new("white space", new byte[1]),
            new("SCHEDULE_TOPIC_XXXX", new byte[1]),
            new("T", new byte[1]) { Keys = ["a b"] },
            new("T", new byte[1]) { Tag = "\u0001" },
            new("T", new byte[1]) { DelayLevel = 1, DeliverAfter = TimeSpan.FromSeconds(1) },
            new("T", new byte[1]) { Properties = new Dictionary<string, string> { ["UNIQ_KEY"] = "x" } },
            new("T", new byte[1]) { Properties = new Dictionary<string, string> { ["large"] = new string('x', 40_000) } },
        ];

        foreach (var message in wrong) await Assert.ThrowsAnyAsync<ArgumentException>(() => producer.SendAsync(message, Ct).AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => producer.SendInTransactionAsync(new("T", new byte[1]), static (_, _) => new(TransactionState.Commit), Ct).AsTask());
        Assert.Throws<FormatException>(() => cluster.Producer() with { NameServers = "http://here" });
        Assert.Throws<ArgumentException>(() => cluster.Producer() with { Group = "no group" });
    }

    [Fact]
    public async Task A_one_way_message_arrives()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);

        var id = await producer.SendOnewayAsync(new RocketMQMessage(topic, Bytes("m")), Ct);

        await Eventually.TrueAsync("the message", async () => (await cluster.ReadAsync(topic)).Any(message => message.MessageId == id));
    }

    [Fact]
    public async Task With_one_of_two_brokers_gone_everything_acknowledged_is_there()
    {
        await using var cluster = await EmbeddedCluster.StartAsync("broker-a", "broker-b");
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        var sent = new ConcurrentBag<string>();
        var failed = new ConcurrentBag<Exception>();
        var stop = false;
        var load = Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; !Volatile.Read(ref stop); i++)
            {
                try
                {
                    await producer.SendAsync(new RocketMQMessage(topic, Bytes($"{worker}-{i}")), Ct);
                    sent.Add($"{worker}-{i}");
                }
                catch (RocketMQException e)
                {
                    failed.Add(e);
                }
            }
        })));

        await Eventually.TrueAsync("some load", () => sent.Count > 200);
        await cluster.StopBrokerAsync("broker-b");
        var before = sent.Count;
        await Eventually.TrueAsync("load goes on", () => sent.Count > before + 200);
        await cluster.StartBrokerAsync("broker-b");
        before = sent.Count;
        await Eventually.TrueAsync("load goes on with both", () => sent.Count > before + 200);
        Volatile.Write(ref stop, true);
        await load.WaitAsync(TimeSpan.FromSeconds(20), Ct);

        var there = (await cluster.ReadAsync(topic, sent.Count)).Select(Text).ToList();
        Assert.Empty(sent.Except(there));
        Assert.Empty(failed);
        TestContext.Current.TestOutputHelper?.WriteLine($"sent {sent.Count}, there {there.Count}, duplicates {there.Count - there.Distinct().Count()}");
    }

    [Fact]
    public async Task Without_any_broker_the_exception_names_who_was_tried_and_what_to_do()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer() with { SendTimeout = TimeSpan.FromSeconds(3) }, Ct);
        await producer.SendAsync(new RocketMQMessage(topic, Bytes("m")), Ct);
        await cluster.StopBrokerAsync("broker-a");

        var e = await Assert.ThrowsAsync<RocketMQSendException>(() => producer.SendAsync(new RocketMQMessage(topic, Bytes("m")), Ct).AsTask());

        Assert.Equal("broker-a", e.Attempts[0].BrokerName);
        Assert.Contains(topic, e.Message);
        Assert.Contains("brokerIP1:listenPort", e.Advice);
    }

    [Fact]
    public async Task Name_servers_that_nobody_reaches_are_told()
    {
        await using var cluster = new StubCluster();
        await using var producer = await RocketMQProducer.StartAsync(new() { NameServers = await cluster.NobodyAsync(), Group = "g" }, Ct);

        var e = await Assert.ThrowsAsync<RocketMQNameServersUnavailableException>(() => producer.SendAsync(new RocketMQMessage("T", Bytes("m")), Ct).AsTask());

        Assert.StartsWith("no name server answers", e.Message);
    }

    [Fact]
    public void Ids_have_the_form_of_apaches_and_tell_their_time()
    {
        var clock = new ManualTimeProvider(new DateTimeOffset(2026, 3, 15, 12, 0, 0, TimeSpan.Zero));
        var ids = new UniqueIds(clock);
        var made = Enumerable.Range(0, 1000).Select(_ => ids.Next()).ToList();

        Assert.Equal(1000, made.Distinct().Count());
        Assert.All(made, static id => Assert.Matches("^[0-9A-F]{32}$", id));
        var sinceMonthBegan = Convert.ToInt32(made[0].Substring(20, 8), 16);
        Assert.Equal(TimeSpan.FromDays(14.5), TimeSpan.FromMilliseconds(sinceMonthBegan));
        Assert.Equal(Environment.ProcessId & 0xFFFF, Convert.ToInt32(made[0].Substring(8, 4), 16));
        clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(TimeSpan.FromDays(13.5), TimeSpan.FromMilliseconds(Convert.ToInt32(ids.Next().Substring(20, 8), 16)));
    }
}
