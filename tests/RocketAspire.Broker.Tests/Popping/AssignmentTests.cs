using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using static RocketAspire.Broker.Tests.Popping.PopClient;

namespace RocketAspire.Broker.Tests.Popping;

public sealed class AssignmentTests
{
    private static readonly string[] Clients = ["c0", "c1", "c2"];
    private static readonly MessageQueue[] Queues = [.. from broker in new[] { "a", "b" } from id in Enumerable.Range(0, 4) select new MessageQueue("t", broker, id)];

    /// <summary>By hand from AllocateMessageQueueAveragely and ...ByCircle.</summary>
    [Theory]
    [InlineData("AVG", "c0", "a0 a1 a2")]
    [InlineData("AVG", "c1", "a3 b0 b1")]
    [InlineData("AVG", "c2", "b2 b3")]
    [InlineData("AVG_BY_CIRCLE", "c0", "a0 a3 b2")]
    [InlineData("AVG_BY_CIRCLE", "c2", "a2 b1")]
    [InlineData("AVG", "stranger", "")]
    public void Queues_are_shared_out_as_by_Apaches_strategies(string strategy, string client, string queues) =>
        Assert.Equal(queues, Text(QueueAllocation.Allocate(strategy, client, Queues, Clients)!));

    [Theory]
    [InlineData(-1, "c0", "a-1 b-1")]
    [InlineData(2, "c0", "a-1 b-1")]
    [InlineData(1, "c0", "a0 a1 a2 a3 b0 b1")]
    [InlineData(1, "c2", "b2 b3 a0 a1 a2")]
    public void Poppers_also_take_from_those_after_them(int share, string client, string queues) =>
        Assert.Equal(queues, Text(QueueAllocation.AllocateForPop("AVG", client, Queues, Clients, share)!));

    [Fact]
    public void More_poppers_than_queues_have_one_each()
    {
        string[] many = [.. Enumerable.Range(0, 10).Select(static i => $"c{i}")];
        Assert.Equal("a0", Text(QueueAllocation.AllocateForPop("AVG", "c8", Queues, many, 1)!));
        Assert.Null(QueueAllocation.AllocateForPop("NONE", "c0", Queues, Clients, 1));
    }

    [Fact]
    public async Task A_consumer_asks_for_its_queues_and_how_to_take_from_them()
    {
        using var folder = new TestSupport.TemporaryFolder();
        await using (var broker = await PopTests.StartAsync(folder: folder))
        {
            await using var one = broker.NewClient();
            await using var other = broker.NewClient();
            await broker.HeartbeatAsync(one, "c0", Group);
            await broker.HeartbeatAsync(other, "c1", Group);
            Assert.Equal("broker-a0 broker-a1 PULL", await AskAsync(broker, "orders"));
            Assert.Equal("broker-a0 broker-a1 broker-a2 broker-a3 PULL", await AskAsync(broker, "orders", model: "BROADCASTING"));
            Assert.Equal("none", await AskAsync(broker, "unknown"));
            Assert.Equal("none", await AskAsync(broker, "orders", group: "nobody"));

            var mode = new MessageRequestMode("orders", Group, "POP", -1);
            Assert.Equal(0, (await broker.InvokeAsync(RequestCode.SetMessageRequestMode, null, mode.Encode())).Code);
            Assert.Equal("broker-a-1 POP", await AskAsync(broker, "orders"));
            var retry = await broker.InvokeAsync(RequestCode.SetMessageRequestMode, null, (mode with { Topic = "%RETRY%poppers" }).Encode());
            Assert.Equal((ResponseCode.NoPermission, "retry topic is not allowed to set mode"), (retry.Code, retry.Remark));
        }

        await using var again = await PopTests.StartAsync(folder: folder);
        var all = MessageRequestModes.Decode((await again.InvokeAsync(RequestCode.GetAllMessageRequestMode)).Body.Span);
        Assert.Equal([new MessageRequestMode("orders", Group, "POP", -1)], all);
    }

    private static async Task<string> AskAsync(TestBroker broker, string topic, string group = Group, string model = "CLUSTERING")
    {
        var response = await broker.InvokeAsync(RequestCode.QueryAssignment, null, new QueryAssignmentBody(topic, group, "c0", "AVG", model).Encode());
        Assert.Equal(0, response.Code);
        return QueryAssignmentAnswer.Decode(response.Body.Span).Assignments is { } own ? $"{Text(own.Select(static a => a.Queue))} {own[0].Mode}" : "none";
    }

    private static string Text(IEnumerable<MessageQueue> queues) => string.Join(' ', queues.Select(static queue => $"{queue.BrokerName}{queue.QueueId}"));
}
