using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Transactions;

public sealed class EndTransactionTests
{
    private const int Commit = MessageSysFlag.TransactionCommit;
    private const int Rollback = MessageSysFlag.TransactionRollback;

    [Fact]
    public async Task A_half_message_is_seen_only_after_its_commit()
    {
        await using var broker = await TestBroker.StartAsync();
        var sent = await TestProducer.SendHalfAsync(broker, "a", queueId: 2);
        Assert.Equal((2, 0L), (sent.QueueId, sent.QueueOffset));
        Assert.Equal(0, broker.Node.Store.QueueBounds("orders", 2).Max);
        var half = Assert.Single(await broker.ArrivedAsync(TopicNames.TransHalf, 1));
        Assert.Equal(MessageSysFlag.TransactionNot, MessageSysFlag.TransactionOf(half.SysFlag));

        Assert.Equal((0, null), Code(await TestProducer.EndAsync(broker, TestProducer.EndOf(sent, Commit))));
        var message = Assert.Single(await broker.ArrivedAsync("orders", 1, queueId: 2));
        Assert.Equal("a", TestBroker.Text(message));
        Assert.Equal((Commit, half.PhysicalOffset), (MessageSysFlag.TransactionOf(message.SysFlag), message.PreparedTransactionOffset));
        Assert.Equal("true", MessageProperties.Get(message.Properties.Span, "TRAN_MSG"));
        Assert.Equal("uniq-a", MessageProperties.Get(message.Properties.Span, "UNIQ_KEY"));
        var mark = Assert.Single(await broker.Node.Store.ReadAllAsync(TopicNames.TransOpHalf));
        Assert.Equal(("0", "d"), (TestBroker.Text(mark), MessageProperties.Get(mark.Properties.Span, "TAGS")));
    }

    [Fact]
    public async Task A_half_message_that_is_rolled_back_is_never_seen()
    {
        await using var broker = await TestBroker.StartAsync();
        var sent = await TestProducer.SendHalfAsync(broker, "a");
        Assert.Equal((0, null), Code(await TestProducer.EndAsync(broker, TestProducer.EndOf(sent, Rollback))));
        Assert.Single(await broker.Node.Store.ReadAllAsync(TopicNames.TransOpHalf));
        Assert.Equal(0, broker.Node.Store.QueueBounds("orders", 0).Max);
    }

    [Fact]
    public async Task A_second_end_of_the_same_transaction_changes_nothing()
    {
        await using var broker = await TestBroker.StartAsync();
        var sent = await TestProducer.SendHalfAsync(broker, "a");
        foreach (var end in new[] { Commit, Commit, Rollback })
        {
            Assert.Equal((0, null), Code(await TestProducer.EndAsync(broker, TestProducer.EndOf(sent, end))));
        }

        await broker.SentAsync("orders", "b");
        Assert.Equal(["a", "b"], (await broker.ArrivedAsync("orders", 2)).Select(TestBroker.Text));
        Assert.Equal(1, broker.Node.Store.QueueBounds(TopicNames.TransOpHalf, 0).Max);
    }

    [Fact]
    public async Task An_end_must_name_the_half_message_its_place_and_its_group()
    {
        await using var broker = await TestBroker.StartAsync();
        var plain = await broker.SentAsync("orders", "plain");
        var sent = await TestProducer.SendHalfAsync(broker, "a");
        var right = TestProducer.EndOf(sent, Commit);
        Assert.Equal((1, "The producer group wrong"), Code(await TestProducer.EndAsync(broker, right with { ProducerGroup = "others" })));
        Assert.Equal((1, "The transaction state table offset wrong"), Code(await TestProducer.EndAsync(broker, right with { TranStateTableOffset = 7 })));
        Assert.Equal((1, "Find prepared transaction message failed"), Code(await TestProducer.EndAsync(broker, right with { CommitLogOffset = 3 })));
        Assert.Equal((1, "Find prepared transaction message failed"), Code(await TestProducer.EndAsync(broker, TestProducer.EndOf(plain, Commit))));
        Assert.Equal((1, "commitOrRollback field wrong"), Code(await TestProducer.EndAsync(broker, right with { CommitOrRollback = 4 })));
        Assert.Equal(1, broker.Node.Store.QueueBounds("orders", 0).Max);
    }

    [Fact]
    public async Task Transactions_can_be_forbidden()
    {
        await using var broker = await TestBroker.StartAsync(static o => o with { RejectTransactionMessage = true });
        var response = await broker.SendAsync("orders", "a", properties: TestBroker.Properties(("TRAN_MSG", "true"), ("PGROUP", "producers")));
        Assert.Equal((ResponseCode.NoPermission, "the broker[127.0.0.1] sending transaction message is forbidden"), Code(response));
    }

    [Fact]
    public async Task A_transaction_with_a_delay_is_delayed_from_its_commit_on()
    {
        await using var broker = await TestBroker.StartAsync(static o => o with { Store = o.Store with { DelayLevelsMs = [50] } });
        var sent = await TestProducer.SendHalfAsync(broker, "a", 1, ("DELAY", "1"));
        await TestProducer.EndAsync(broker, TestProducer.EndOf(sent, Commit));
        Assert.Equal("a", TestBroker.Text(Assert.Single(await broker.ArrivedAsync("orders", 1, queueId: 1))));
        Assert.Equal(1, broker.Node.Store.QueueBounds(TopicNames.Schedule, 0).Max);
    }

    [Fact]
    public async Task A_consumers_retry_of_a_transactions_message_is_a_plain_message()
    {
        await using var broker = await TestBroker.StartAsync(static o => o with { Store = o.Store with { DelayLevelsMs = [1] } });
        var header = TestBroker.Header("%RETRY%consumers", 0, TestBroker.Properties(("TRAN_MSG", "true"), ("PGROUP", "producers"), ("DELAY", "1"))) with { ReconsumeTimes = 1 };
        Assert.Equal(0, (await broker.SendAsync(header, [1])).Code);
        await Eventually.TrueAsync("the retry", () => broker.Node.Store.QueueBounds("%RETRY%consumers", 0).Max == 1);
        Assert.Equal(0, broker.Node.Store.QueueBounds(TopicNames.TransHalf, 0).Max);
    }

    [Fact]
    public async Task A_slave_ends_no_transaction()
    {
        await using var broker = await TestBroker.StartAsync(static o => o with { Role = Protocol.Config.BrokerRole.Slave, BrokerId = 1 });
        var end = new EndTransactionRequestHeader { ProducerGroup = "producers", CommitOrRollback = Commit };
        Assert.Equal(ResponseCode.SlaveNotAvailable, (await TestProducer.EndAsync(broker, end)).Code);
    }

    private static (int Code, string? Remark) Code(RemotingCommand response) => (response.Code, response.Remark);
}
