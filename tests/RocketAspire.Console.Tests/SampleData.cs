using System.Text;
using RocketAspire.Client;
using RocketAspire.Client.Tests;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Console.Tests;

/// <summary>A cluster with something in it: topics, messages, a consumer that is done with some.</summary>
internal sealed class SampleData : IAsyncDisposable
{
    public const string Topic = "orders";
    public const string Group = "billing";
    public const string Key = "order-7";

    private readonly RocketMQProducer _producer;
    private readonly RocketMQConsumer _consumer;

    private SampleData(EmbeddedCluster cluster, RocketMQProducer producer, RocketMQConsumer consumer)
    {
        Cluster = cluster;
        _producer = producer;
        _consumer = consumer;
    }

    public EmbeddedCluster Cluster { get; }

    /// <summary>The id that the producer gave the message with the key.</summary>
    public string MessageId { get; private set; } = "";

    public string OffsetMessageId { get; private set; } = "";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<SampleData> StartAsync()
    {
        var cluster = await EmbeddedCluster.StartAsync("broker-a", "broker-b");
        foreach (var name in (string[])[Topic, "payments", "shipments"])
            await cluster.Admin.Topics.CreateOrUpdateAsync(new TopicConfig { TopicName = name, ReadQueueNums = 4, WriteQueueNums = 4 }, cancellationToken: Ct);
        await cluster.Admin.Topics.CreateOrUpdateAsync(new TopicConfig { TopicName = "ledger", ReadQueueNums = 4, WriteQueueNums = 4, Attributes = new(StringComparer.Ordinal) { ["message.type"] = "FIFO" } }, cancellationToken: Ct);
        await cluster.Admin.Groups.CreateOrUpdateAsync(new SubscriptionGroupConfig { GroupName = "audit" }, cancellationToken: Ct);
        await TestSupport.Eventually.TrueAsync("a route to both brokers", async () => (await cluster.Admin.GetRouteAsync(Topic, Ct))?.QueueDatas.Count == 2);
        var producer = await RocketMQProducer.StartAsync(cluster.Producer("shop"), Ct);
        var consumer = await RocketMQConsumer.StartAsync(cluster.Consumer(Topic, Group), static (_, _) => new ValueTask<ConsumeResult>(ConsumeResult.Success), Ct);
        var data = new SampleData(cluster, producer, consumer);
        await data.SendAsync(40);
        return data;
    }

    public async Task SendAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var body = $$"""{"order":{{i}},"customer":"<script>alert({{i}})</script>","items":["rocket","booster"],"note":"火箭"}""";
            var sent = await _producer.SendAsync(new RocketMQMessage(Topic, Encoding.UTF8.GetBytes(body)) { Keys = [$"order-{i}"], Tag = i % 2 == 0 ? "even" : "odd", Properties = new Dictionary<string, string> { ["region"] = "<b>eu</b>" } }, Ct);
            if (i == 7 && MessageId.Length == 0) (MessageId, OffsetMessageId) = (sent.MessageId, sent.OffsetMessageId);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _consumer.DisposeAsync();
        await _producer.DisposeAsync();
        await Cluster.DisposeAsync();
    }
}
