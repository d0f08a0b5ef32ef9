using System.Collections.Concurrent;
using System.Text;
using RocketAspire.Client;
using RocketAspire.Client.Tests;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.TestSupport;

namespace RocketAspire.Console.Tests;

/// <summary>A cluster with messages that had a life: traced, given back, dead, delayed, of open transactions.</summary>
internal sealed class MessagesData : IAsyncDisposable
{
    public const string Topic = "orders";
    public const string Script = "<script>document.title='run'</script>";

    private readonly List<IAsyncDisposable> _clients = [];
    private readonly ConcurrentDictionary<string, int> _seen = new(StringComparer.Ordinal);

    private MessagesData(EmbeddedCluster cluster) => Cluster = cluster;

    public EmbeddedCluster Cluster { get; }

    public RocketMQProducer Producer { get; private set; } = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<MessagesData> StartAsync()
    {
        // The last level waits long enough to be looked at.
        var cluster = await EmbeddedCluster.StartWithAsync("traceTopicEnable=true\nmessageDelayLevel=1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 2h\ntransactionCheckInterval=800\ntransactionCheckMax=10", "broker-a", "broker-b");
        var data = new MessagesData(cluster);
        await cluster.Admin.Topics.CreateOrUpdateAsync(new TopicConfig { TopicName = Topic, ReadQueueNums = 4, WriteQueueNums = 4 }, cancellationToken: Ct);
        await Eventually.TrueAsync("a route to both brokers", async () => (await cluster.Admin.GetRouteAsync(Topic, Ct))?.QueueDatas.Count == 2);
        data.Producer = data.Keep(await RocketMQProducer.StartAsync(cluster.Producer("shop") with { EnableMessageTrace = true, TransactionChecker = static (half, _) => new(half.Keys.Contains("undecided") ? TransactionState.Unknown : TransactionState.Commit) }, Ct));
        return data;
    }

    /// <summary>A traced group whose handler fails so many times a message.</summary>
    public async Task ConsumeAsync(string group, int failures = 0, string topic = Topic) => Keep(await RocketMQConsumer.StartAsync(
        Cluster.Consumer(topic, group) with { EnableMessageTrace = true, MaxReconsumeTimes = 3 },
        (message, _) => new(_seen.AddOrUpdate(group + message.MessageId, 1, static (_, n) => n + 1) <= failures ? ConsumeResult.RetryLater : ConsumeResult.Success), Ct));

    public Task<SendResult> SendAsync(string key, string body = "{\"order\":1}") => Producer.SendAsync(new RocketMQMessage(Topic, Encoding.UTF8.GetBytes(body)) { Keys = [key], Tag = "paid" }, Ct).AsTask();

    /// <summary>Messages that the group gives up at once, and takes when they come again.</summary>
    /// <returns>Ids of those that it took.</returns>
    public async Task<ConcurrentQueue<string>> BuryAsync(string group, int count)
    {
        var taken = new ConcurrentQueue<string>();
        var buried = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        Keep(await RocketMQConsumer.StartAsync(Cluster.Consumer(Topic, group), (message, _) =>
        {
            if (buried.TryAdd(message.Keys[0], true)) return new(ConsumeResult.DeadLetter);
            taken.Enqueue(message.Keys[0]);
            return new(ConsumeResult.Success);
        }, Ct));
        for (var i = 0; i < count; i++)
            await Producer.SendAsync(new RocketMQMessage(Topic, i switch { 0 => "=cmd|' /C calc'!A0"u8.ToArray(), 1 => new byte[] { 0, 255 }, _ => Encoding.UTF8.GetBytes($$"""{"order\":{{i}},"customer":"火箭"}""") }) { Keys = [$"order-{i}"], Tag = "paid" }, Ct);
        await Eventually.TrueAsync($"{count} dead letters", async () => (await Cluster.Admin.Topics.GetStatusAsync(TopicNames.Dlq(group), Ct)).Sum(static queue => queue.Value.MaxOffset) == count);
        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await Cluster.DisposeAsync();
    }

    private T Keep<T>(T client) where T : IAsyncDisposable
    {
        _clients.Add(client);
        return client;
    }
}
