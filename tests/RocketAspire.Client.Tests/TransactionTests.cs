using System.Collections.Concurrent;
using System.Text;
using RocketAspire.TestSupport;

namespace RocketAspire.Client.Tests;

public sealed class TransactionTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_what_is_committed_is_seen()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer() with { TransactionChecker = static (_, _) => new(TransactionState.Unknown) }, Ct);

        var committed = await producer.SendInTransactionAsync(Message(topic, "commit"), static (_, _) => new(TransactionState.Commit), Ct);
        var rolledBack = await producer.SendInTransactionAsync(Message(topic, "rollback"), static (_, _) => new(TransactionState.Rollback), Ct);

        Assert.Equal((TransactionState.Commit, true), (committed.State, committed.EndDelivered));
        Assert.Equal((TransactionState.Rollback, true), (rolledBack.State, rolledBack.EndDelivered));
        await Eventually.TrueAsync("the committed one", async () => (await cluster.ReadAsync(topic)).Count > 0);
        Assert.Equal(["commit"], (await cluster.ReadAsync(topic)).Select(static message => Encoding.UTF8.GetString(message.Body.Span)));
    }

    [Fact]
    public async Task What_the_local_part_leaves_open_the_checker_decides()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        var asked = new ConcurrentDictionary<string, int>();
        var options = cluster.Producer() with
        {
            TransactionChecker = (half, _) =>
            {
                var text = Encoding.UTF8.GetString(half.Body.Span);
                var times = asked.AddOrUpdate($"{half.Topic}/{text}/{half.MessageId}", 1, static (_, count) => count + 1);
                if (text == "checker fails first" && times == 1) throw new InvalidOperationException("not now");
                return new(text == "to roll back" ? TransactionState.Rollback : TransactionState.Commit);
            },
        };
        await using var producer = await RocketMQProducer.StartAsync(options, Ct);

        var open = await producer.SendInTransactionAsync(Message(topic, "open"), static (_, _) => new(TransactionState.Unknown), Ct);
        var failed = await producer.SendInTransactionAsync(Message(topic, "to roll back"), static (_, _) => throw new InvalidOperationException("local part"), Ct);
        await producer.SendInTransactionAsync(Message(topic, "checker fails first"), static (_, _) => new(TransactionState.Unknown), Ct);

        Assert.Equal(TransactionState.Unknown, open.State);
        Assert.Equal(("local part", TransactionState.Unknown), (failed.LocalError!.Message, failed.State));
        await Eventually.TrueAsync("both committed ones", async () => (await cluster.ReadAsync(topic)).Count == 2);
        Assert.Contains($"{topic}/open/{open.Send.MessageId}", asked.Keys);
        await Eventually.TrueAsync("the third was asked about", () => asked.ContainsKey($"{topic}/to roll back/{failed.Send.MessageId}"));
        Assert.Equal(2, (await cluster.ReadAsync(topic)).Count);
    }

    [Fact]
    public async Task What_stays_open_is_not_waited_for()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        var asked = new ConcurrentDictionary<string, int>();
        var options = cluster.Producer() with
        {
            RequestTimeout = TimeSpan.FromMinutes(1),
            TransactionChecker = (half, _) => new(asked.AddOrUpdate(half.MessageId, 1, static (_, count) => count + 1) > 1 ? TransactionState.Commit : TransactionState.Unknown),
        };
        await using var producer = await RocketMQProducer.StartAsync(options, Ct);

        // Brokers don't answer that a transaction is open: whoever waits for it waits for the request's timeout.
        for (var i = 0; i < 3; i++)
        {
            var open = await producer.SendInTransactionAsync(Message(topic, $"{i}"), static (_, _) => new(TransactionState.Unknown), Ct).AsTask().WaitAsync(Eventually.Limit, Ct);
            Assert.True(open.EndDelivered);
        }

        await Eventually.TrueAsync("all three at the second question", async () => (await cluster.ReadAsync(topic)).Count == 3);
    }

    private static RocketMQMessage Message(string topic, string text) => new(topic, Encoding.UTF8.GetBytes(text));
}
