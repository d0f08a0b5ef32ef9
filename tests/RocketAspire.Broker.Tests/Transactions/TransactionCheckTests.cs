using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Transactions;

public sealed class TransactionCheckTests
{
    private const int Commit = MessageSysFlag.TransactionCommit;
    private const int Rollback = MessageSysFlag.TransactionRollback;

    private static BrokerOptions Quick(BrokerOptions options) => options with
    {
        TransactionTimeOut = TimeSpan.FromMilliseconds(50),
        TransactionCheckInterval = TimeSpan.FromMilliseconds(40),
    };

    [Fact]
    public async Task A_producer_is_asked_about_an_open_transaction_and_its_answer_counts()
    {
        await using var broker = await TestBroker.StartAsync(Quick);
        var producer = await TestProducer.ConnectAsync(broker);
        producer.Answer = Commit;
        var sent = await producer.SendHalfAsync("a", queueId: 3);
        var message = Assert.Single(await broker.ArrivedAsync("orders", 1, queueId: 3));
        Assert.Equal("a", TestBroker.Text(message));
        Assert.True(producer.Asked.TryPeek(out var asked));
        Assert.Equal(("orders", 3, "a", "1"), (asked.Half.Topic, asked.Half.QueueId, TestBroker.Text(asked.Half), Property(asked.Half, "TRANSACTION_CHECK_TIMES")));
        Assert.Equal(("uniq-a", "uniq-a"), (asked.Header.MsgId, asked.Header.TransactionId));
        Assert.Equal(MessageId.Create(broker.Node.Address.Host, asked.Header.CommitLogOffset), asked.Header.OffsetMsgId);

        // The producer's own commit of the first half message crosses with its answer: it comes once all the same.
        await TestProducer.EndAsync(broker, TestProducer.EndOf(sent, Commit));
        await SettledAsync(broker);
        Assert.Equal(1, broker.Node.Store.QueueBounds("orders", 3).Max);
    }

    [Fact]
    public async Task A_rollback_as_answer_ends_the_asking()
    {
        await using var broker = await TestBroker.StartAsync(Quick);
        var producer = await TestProducer.ConnectAsync(broker);
        producer.Answer = Rollback;
        await producer.SendHalfAsync("a");
        await Eventually.TrueAsync("the rollback", () => broker.Node.Store.QueueBounds(TopicNames.TransOpHalf, 0).Max == 1);
        await SettledAsync(broker);
        Assert.Equal(0, broker.Node.Store.QueueBounds("orders", 0).Max);
        Assert.InRange(producer.Asked.Count, 1, 2);
    }

    [Fact]
    public async Task What_nobody_answers_for_is_given_up_and_can_be_resumed()
    {
        await using var broker = await TestBroker.StartAsync(static o => Quick(o) with { TransactionCheckMax = 3 });
        var producer = await TestProducer.ConnectAsync(broker);
        await producer.SendHalfAsync("a", queueId: 1);
        var given = Assert.Single(await broker.ArrivedAsync(TopicNames.TransCheckMaxTime, 1));
        Assert.Equal(("3", "orders", "1"), (Property(given, "TRANSACTION_CHECK_TIMES"), Property(given, "REAL_TOPIC"), Property(given, "REAL_QID")));
        Assert.Equal(["1", "2", "3"], producer.Asked.Select(static a => Property(a.Half, "TRANSACTION_CHECK_TIMES")));

        producer.Answer = Commit;
        var id = MessageId.Create(broker.Node.Address.Host, given.PhysicalOffset);
        var response = await broker.InvokeAsync(RequestCode.ResumeCheckHalfMessage, new ResumeCheckHalfMessageRequestHeader(id).ToExtFields());
        Assert.Equal((ResponseCode.Success, null), (response.Code, response.Remark));
        Assert.Equal("a", TestBroker.Text(Assert.Single(await broker.ArrivedAsync("orders", 1, queueId: 1))));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("7F00000100002A9F00000000000FFFFF")]
    public async Task Only_a_message_that_is_there_can_be_resumed(string id)
    {
        await using var broker = await TestBroker.StartAsync();
        var response = await broker.InvokeAsync(RequestCode.ResumeCheckHalfMessage, new ResumeCheckHalfMessageRequestHeader(id).ToExtFields());
        Assert.Equal(ResponseCode.SystemError, response.Code);
        var plain = await broker.SentAsync("orders", "plain");
        response = await broker.InvokeAsync(RequestCode.ResumeCheckHalfMessage, new ResumeCheckHalfMessageRequestHeader(plain.MsgId).ToExtFields());
        Assert.Equal((ResponseCode.SystemError, "Put message back to RMQ_SYS_TRANS_HALF_TOPIC failed: the message in orders is no half message"), (response.Code, response.Remark));
    }

    [Fact]
    public async Task An_immune_transaction_is_not_asked_about_and_its_end_counts_though_its_half_message_was_moved()
    {
        await using var broker = await TestBroker.StartAsync(Quick);
        var producer = await TestProducer.ConnectAsync(broker);
        producer.Answer = Commit;
        var immune = await producer.SendHalfAsync("immune", 0, ("CHECK_IMMUNITY_TIME_IN_SECONDS", "3600"));
        await Eventually.TrueAsync("two copies of the immune half message", () => broker.Node.Store.QueueBounds(TopicNames.TransHalf, 0).Max >= 3);
        Assert.Equal(0, (await TestProducer.EndAsync(broker, TestProducer.EndOf(immune, Commit))).Code);
        await SettledAsync(broker);
        Assert.Equal(["immune"], (await broker.ArrivedAsync("orders", 1)).Select(TestBroker.Text));

        // Had its end not counted, it would be copied on in each round: another message's whole way shows that rounds ran.
        var copies = broker.Node.Store.QueueBounds(TopicNames.TransHalf, 0).Max;
        await producer.SendHalfAsync("after");
        await broker.ArrivedAsync("orders", 2);
        await SettledAsync(broker);
        Assert.Equal(copies + 2, broker.Node.Store.QueueBounds(TopicNames.TransHalf, 0).Max);
        Assert.Equal(["after"], producer.Asked.Select(static a => TestBroker.Text(a.Half)).Distinct());
    }

    [Fact]
    public async Task Waiting_for_an_immune_transaction_does_not_use_up_its_checks()
    {
        await using var broker = await TestBroker.StartAsync(static o => Quick(o) with { TransactionCheckMax = 10 });
        var producer = await TestProducer.ConnectAsync(broker);
        producer.Answer = Commit;
        await producer.SendHalfAsync("a", 0, ("CHECK_IMMUNITY_TIME_IN_SECONDS", "1"));
        await broker.ArrivedAsync("orders", 1);
        Assert.True(broker.Node.Store.QueueBounds(TopicNames.TransHalf, 0).Max > 11);
        Assert.Equal(0, broker.Node.Store.QueueBounds(TopicNames.TransCheckMaxTime, 0).Max);
    }

    [Fact]
    public async Task Another_producer_of_the_group_is_asked_when_the_sender_is_gone()
    {
        await using var broker = await TestBroker.StartAsync(Quick);
        var first = await TestProducer.ConnectAsync(broker, "p1");
        await first.SendHalfAsync("a");
        first.Client.CloseConnection(broker.Address);
        var second = await TestProducer.ConnectAsync(broker, "p2");
        second.Answer = Commit;
        Assert.Equal("a", TestBroker.Text(Assert.Single(await broker.ArrivedAsync("orders", 1))));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_restart_open_transactions_are_asked_about_and_ended_ones_are_not(bool keepOffsets)
    {
        using var folder = new TemporaryFolder();
        SendMessageResponseHeader open;
        await using (var broker = await TestBroker.StartAsync(static o => o, folder))
        {
            var done = await TestProducer.SendHalfAsync(broker, "done");
            open = await TestProducer.SendHalfAsync(broker, "open");
            var back = await TestProducer.SendHalfAsync(broker, "back");
            await TestProducer.EndAsync(broker, TestProducer.EndOf(done, Commit));
            await TestProducer.EndAsync(broker, TestProducer.EndOf(back, Rollback));
        }

        if (!keepOffsets) File.Delete(folder["store/config/consumerOffset.json"]);
        await using var again = await TestBroker.StartAsync(Quick, folder);
        var producer = await TestProducer.ConnectAsync(again);
        producer.Answer = Commit;
        await again.ArrivedAsync("orders", 2);
        await SettledAsync(again);
        Assert.Equal(["done", "open"], (await again.PulledAsync("orders")).Select(TestBroker.Text));
        Assert.Equal(["open"], producer.Asked.Select(static a => TestBroker.Text(a.Half)).Distinct());
    }

    [Fact]
    public async Task Offsets_saved_beyond_the_logs_end_hide_no_new_half_message()
    {
        using var folder = new TemporaryFolder();
        await using (var broker = await TestBroker.StartAsync(null, folder))
        {
            broker.Node.Tables.ConsumerOffsets.Commit("CID_RMQ_SYS_TRANS", TopicNames.TransHalf, 0, 100);
            broker.Node.Tables.ConsumerOffsets.Commit("CID_RMQ_SYS_TRANS", TopicNames.TransOpHalf, 0, 100);
        }

        await using var again = await TestBroker.StartAsync(Quick, folder);
        var producer = await TestProducer.ConnectAsync(again);
        producer.Answer = Commit;
        await producer.SendHalfAsync("a");
        await again.ArrivedAsync("orders", 1);
    }

    /// <summary>Waits until the service has seen the end of everything: both its offsets stand at the queues' ends.</summary>
    private static Task SettledAsync(TestBroker broker) => Eventually.TrueAsync("all transactions to be settled", () =>
    {
        var offsets = broker.Node.Tables.ConsumerOffsets;
        return offsets.Query("CID_RMQ_SYS_TRANS", TopicNames.TransHalf, 0) == broker.Node.Store.QueueBounds(TopicNames.TransHalf, 0).Max
            && offsets.Query("CID_RMQ_SYS_TRANS", TopicNames.TransOpHalf, 0) == broker.Node.Store.QueueBounds(TopicNames.TransOpHalf, 0).Max;
    });

    private static string? Property(MessageRecord record, string name) => MessageProperties.Get(record.Properties.Span, name);
}
