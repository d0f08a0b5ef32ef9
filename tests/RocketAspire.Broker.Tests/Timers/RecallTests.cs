using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Timers;

public sealed class RecallTests
{
    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private static BrokerOptions Enabled(BrokerOptions options) => options with { RecallMessageEnable = true };

    [Fact]
    public async Task A_message_that_is_taken_back_never_comes()
    {
        await using var broker = await TestBroker.StartAsync(Enabled);
        var due = $"{Now + 2500}";
        var gone = await broker.SentAsync("orders", "gone", properties: TestBroker.Properties(("UNIQ_KEY", "u1"), ("TIMER_DELIVER_MS", due)));
        await broker.SentAsync("orders", "stays", properties: TestBroker.Properties(("UNIQ_KEY", "u2"), ("TIMER_DELIVER_MS", due)));
        var response = await RecallAsync(broker, "orders", gone.RecallHandle!);
        Assert.Equal((0, null, "u1"), (response.Code, response.Remark, response.ExtFields["msgId"]));
        Assert.Equal(["stays"], (await broker.ArrivedAsync("orders", 1)).Select(TestBroker.Text));
        await broker.SentAsync("orders", "after", properties: TestBroker.Properties(("TIMER_DELAY_MS", "1")));
        Assert.Equal(["stays", "after"], (await broker.ArrivedAsync("orders", 2)).Select(TestBroker.Text));
        Assert.Equal(0, broker.Node.Timers.Waiting);
    }

    [Fact]
    public async Task A_handle_is_told_only_for_what_waits()
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Null((await broker.SentAsync("orders", "now", properties: TestBroker.Properties(("UNIQ_KEY", "u")))).RecallHandle);
        var sent = await broker.SentAsync("orders", "later", properties: TestBroker.Properties(("UNIQ_KEY", "u"), ("TIMER_DELAY_SEC", "60")));
        Assert.True(RecallHandle.TryParse(sent.RecallHandle!, out var handle));
        Assert.Equal(("orders", "broker-a", "u"), (handle.Topic, handle.BrokerName, handle.MessageId));
        Assert.InRange(handle.Timestamp, Now + 57_000, Now + 60_001);
    }

    [Fact]
    public async Task A_handle_must_fit_and_lie_ahead()
    {
        await using var broker = await TestBroker.StartAsync(Enabled);
        await broker.CreateTopicAsync("orders");
        await broker.CreateTopicAsync("others");
        var right = new RecallHandle("orders", "broker-a", Now + 60_000, "u");
        Assert.Equal((ResponseCode.TopicNotExist, "recall failed, the topic[unknown] not exist"), await CodeAsync("unknown", right));
        Assert.Equal((ResponseCode.IllegalOperation, "recall failed, topic not match"), await CodeAsync("others", right));
        Assert.Equal((ResponseCode.IllegalOperation, "recall failed, broker service not available"), await CodeAsync("orders", right with { BrokerName = "broker-b" }));
        Assert.Equal((ResponseCode.IllegalOperation, "recall failed, timestamp invalid"), await CodeAsync("orders", right with { Timestamp = Now - 1 }));
        Assert.Equal((ResponseCode.IllegalOperation, "recall failed, timestamp invalid"), await CodeAsync("orders", right with { Timestamp = Now + 300_000_000 }));
        Assert.Equal((ResponseCode.IllegalOperation, "recall handle is invalid"), await CodeAsync("orders", right with { MessageId = "u\u0001x" }));
        foreach (var nonsense in new[] { "", "!", "djE=" })
        {
            var response = await RecallAsync(broker, "orders", nonsense);
            Assert.Equal((ResponseCode.IllegalOperation, "recall handle is invalid"), (response.Code, response.Remark));
        }

        Assert.Equal((0, null), await CodeAsync("orders", right));

        async Task<(int, string?)> CodeAsync(string topic, RecallHandle handle)
        {
            var response = await RecallAsync(broker, topic, handle.ToString());
            return (response.Code, response.Remark);
        }
    }

    [Fact]
    public async Task Taking_back_is_off_as_at_Apache()
    {
        await using var broker = await TestBroker.StartAsync();
        var response = await RecallAsync(broker, "orders", "x");
        Assert.Equal((ResponseCode.NoPermission, "recall failed, operation is forbidden"), (response.Code, response.Remark));
    }

    internal static Task<RemotingCommand> RecallAsync(TestBroker broker, string topic, string handle) =>
        broker.InvokeAsync(RequestCode.RecallMessage, new RecallMessageRequestHeader(topic, handle, "producers").ToExtFields());

    internal static RemotingCommand Request(string topic, string handle) =>
        RemotingCommand.CreateRequest(RequestCode.RecallMessage, new RecallMessageRequestHeader(topic, handle, "producers").ToExtFields());
}
