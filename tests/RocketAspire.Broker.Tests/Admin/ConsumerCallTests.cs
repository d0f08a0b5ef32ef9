using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Admin;

/// <summary>What the broker asks of connected consumers for an admin tool.</summary>
public sealed class ConsumerCallTests
{
    private const string Group = "consumers";

    [Fact]
    public async Task Running_info_is_the_consumers_own_answer()
    {
        await using var broker = await TestBroker.StartAsync();
        var consumer = new Consumer(RequestCode.GetConsumerRunningInfo, static request => request.CreateResponse(0, body: Encoding.UTF8.GetBytes("info for " + request.ExtFields["clientId"])));
        await JoinAsync(broker, consumer, "c1");
        var response = await broker.InvokeAsync(RequestCode.GetConsumerRunningInfo, new GetConsumerRunningInfoRequestHeader(Group, "c1").ToExtFields());
        Assert.Equal((0, "info for c1"), (response.Code, Encoding.UTF8.GetString(response.Body.Span)));
        response = await broker.InvokeAsync(RequestCode.GetConsumerRunningInfo, new GetConsumerRunningInfoRequestHeader(Group, "c2").ToExtFields());
        Assert.Equal((ResponseCode.SystemError, "The Consumer <consumers> <c2> not online"), (response.Code, response.Remark));
    }

    [Fact]
    public async Task A_message_is_consumed_directly_by_the_consumer_that_is_named()
    {
        await using var broker = await TestBroker.StartAsync();
        RemotingCommand? seen = null;
        var consumer = new Consumer(RequestCode.ConsumeMessageDirectly, request =>
        {
            seen = request;
            return request.CreateResponse(0, "done", "{}"u8.ToArray());
        });
        await JoinAsync(broker, consumer, "c1");
        var sent = await broker.SentAsync("orders", "a");
        await broker.ArrivedAsync("orders", 1);
        var response = await broker.InvokeAsync(RequestCode.ConsumeMessageDirectly, new ConsumeMessageDirectlyRequestHeader(Group, "c1", sent.MsgId, null).ToExtFields());
        Assert.Equal((0, "done"), (response.Code, response.Remark));
        Assert.Equal(("broker-a", "a"), (seen!.ExtFields["brokerName"], TestBroker.Text(Assert.Single(MessageRecordCodec.DecodeAll(seen.Body)))));
        foreach (var id in new[] { "nonsense", MessageId.Create(broker.Node.Address.Host, 3) })
        {
            response = await broker.InvokeAsync(RequestCode.ConsumeMessageDirectly, new ConsumeMessageDirectlyRequestHeader(Group, "c1", id, null).ToExtFields());
            Assert.Equal(ResponseCode.SystemError, response.Code);
        }
    }

    [Fact]
    public async Task A_consumer_that_hangs_up_is_told_of()
    {
        await using var broker = await TestBroker.StartAsync();
        RemotingClient? client = null;
        var consumer = new Consumer(RequestCode.GetConsumerRunningInfo, _ =>
        {
            client!.CloseConnection(broker.Address);
            return null;
        });
        client = await JoinAsync(broker, consumer, "c1");
        var response = await broker.InvokeAsync(RequestCode.GetConsumerRunningInfo, new GetConsumerRunningInfoRequestHeader(Group, "c1").ToExtFields());
        Assert.Equal(ResponseCode.SystemError, response.Code);
        Assert.StartsWith("invoke consumer <consumers> <c1> Exception: ", response.Remark);
    }

    /// <summary>Ten messages a queue, the group at 4 of queue 0 and 0 of queue 1; times are before, at the end, and far in the future.</summary>
    [Theory]
    [InlineData(0, false, 0, 0)]
    [InlineData(0, true, 0, 0)]
    [InlineData(-1, false, 4, 0)]
    [InlineData(-1, true, 10, 10)]
    [InlineData(long.MaxValue, true, 9, 9)]
    public async Task Consumers_are_told_where_to_go_on(long timestamp, bool force, long first, long second)
    {
        await using var broker = await TestBroker.StartAsync();
        QueueOffsetsBody? told = null;
        await JoinAsync(broker, new Consumer(RequestCode.ResetConsumerClientOffset, request =>
        {
            told = QueueOffsetsBody.Decode(request.Body.Span);
            return null;
        }), "c1");
        await broker.CreateTopicAsync("orders", queues: 2);
        for (var i = 0; i < 20; i++) await broker.SentAsync("orders", $"m{i}", queueId: i % 2);
        await broker.ArrivedAsync("orders", 10, queueId: 1);
        broker.Node.Tables.ConsumerOffsets.Commit(Group, "orders", 0, 4);
        broker.Node.Tables.ConsumerOffsets.Commit(Group, "orders", 1, 0);
        var response = await broker.InvokeAsync(RequestCode.InvokeBrokerToResetOffset, new ResetOffsetRequestHeader("orders", Group, timestamp, force).ToExtFields());
        Assert.Equal((0, null), (response.Code, response.Remark));
        KeyValuePair<MessageQueue, long>[] expected = [new(new("orders", "broker-a", 0), first), new(new("orders", "broker-a", 1), second)];
        Assert.Equal(expected, QueueOffsetsBody.Decode(response.Body.Span).Offsets);
        await Eventually.TrueAsync("the consumer to be told", () => told is not null);
        Assert.Equal(expected, told!.Offsets);
    }

    [Fact]
    public async Task A_reset_needs_a_topic_progress_and_somebody_to_tell()
    {
        await using var broker = await TestBroker.StartAsync();
        var header = new ResetOffsetRequestHeader("orders", Group, 5, true);
        Assert.Equal((1, "[reset-offset] reset offset failed, no topic in this broker. topic=orders"), await ResetAsync());
        await broker.CreateTopicAsync("orders", queues: 1);
        Assert.Equal((1, "THe consumer group <consumers> not exist"), await ResetAsync());
        broker.Node.Tables.ConsumerOffsets.Commit(Group, "orders", 0, 0);
        Assert.Equal((ResponseCode.ConsumerNotOnline, "Consumer not online, so can not reset offset, Group: consumers Topic: orders Timestamp: 5"), await ResetAsync());

        async Task<(int, string?)> ResetAsync()
        {
            var response = await broker.InvokeAsync(RequestCode.InvokeBrokerToResetOffset, header.ToExtFields());
            return (response.Code, response.Remark);
        }
    }

    [Fact]
    public async Task Consumers_tell_where_they_stand_and_who_is_silent_is_left_out()
    {
        await using var broker = await TestBroker.StartAsync();
        KeyValuePair<MessageQueue, long> place = new(new("orders", "broker-a", 0), 7);
        await JoinAsync(broker, new Consumer(RequestCode.GetConsumerStatusFromClient, request => request.CreateResponse(0, body: new ConsumerStatusBody([], [place]).Encode(false))), "c1");
        await JoinAsync(broker, new Consumer(RequestCode.GetConsumerStatusFromClient, static request => request.CreateResponse(1, "no")), "c2");
        var response = await broker.InvokeAsync(RequestCode.InvokeBrokerToGetConsumerStatus, new GetConsumerStatusRequestHeader("orders", Group, null).ToExtFields());
        var (clientId, offsets) = Assert.Single(ConsumerStatusBody.Decode(response.Body.Span).Clients);
        Assert.Equal(("c1", place), (clientId, Assert.Single(offsets)));
        response = await broker.InvokeAsync(RequestCode.InvokeBrokerToGetConsumerStatus, new GetConsumerStatusRequestHeader("orders", Group, "c2").ToExtFields());
        Assert.Empty(ConsumerStatusBody.Decode(response.Body.Span).Clients);
        response = await broker.InvokeAsync(RequestCode.InvokeBrokerToGetConsumerStatus, new GetConsumerStatusRequestHeader("orders", "nobody", null).ToExtFields());
        Assert.Equal((1, "No Any Consumer online in the consumer group: [nobody]"), (response.Code, response.Remark));
    }

    private static async Task<RemotingClient> JoinAsync(TestBroker broker, Consumer consumer, string clientId)
    {
        var client = broker.NewClient(consumer);
        Assert.Equal(0, (await broker.HeartbeatAsync(client, clientId, Group, new SubscriptionData { Topic = "orders", SubVersion = 1 })).Code);
        return client;
    }

    /// <summary>Answers one kind of request.</summary>
    private sealed class Consumer(int code, Func<RemotingCommand, RemotingCommand?> answer) : IRequestProcessor
    {
        public int Code => code;

        public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) => new(answer(request));
    }
}
