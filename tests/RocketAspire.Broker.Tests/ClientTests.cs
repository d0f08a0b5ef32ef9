using System.Collections.Concurrent;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests;

public sealed class ClientTests
{
    private static readonly SubscriptionData Orders = new() { Topic = "orders", SubVersion = 1 };

    [Fact]
    public async Task Members_of_a_group_are_listed_and_told_when_one_joins_or_leaves()
    {
        await using var broker = await TestBroker.StartAsync();
        var notices = new Notices();
        var first = broker.NewClient(notices);
        var second = broker.NewClient();
        await broker.HeartbeatAsync(first, "c1", "consumers", Orders);
        await Eventually.TrueAsync("a notice of the own joining", () => notices.Groups.Count == 1);
        await broker.HeartbeatAsync(first, "c1", "consumers", Orders);
        await broker.HeartbeatAsync(second, "c2", "consumers", Orders);
        await Eventually.TrueAsync("a notice of the second's joining", () => notices.Groups.Count == 2);
        Assert.Equal(["c1", "c2"], (await ListAsync(broker)).Order());

        await broker.InvokeAsync(RequestCode.UnregisterClient, new UnregisterClientRequestHeader("c2", "producers", "consumers").ToExtFields(), null, second);
        await Eventually.TrueAsync("a notice of the second's leaving", () => notices.Groups.Count == 3);
        Assert.Equal(["c1"], await ListAsync(broker));
        Assert.All(notices.Groups, static group => Assert.Equal("consumers", group));
    }

    [Fact]
    public async Task A_lost_connection_takes_its_clients_along()
    {
        await using var broker = await TestBroker.StartAsync();
        var notices = new Notices();
        var stays = broker.NewClient(notices);
        var goes = broker.NewClient();
        await broker.HeartbeatAsync(stays, "c1", "consumers", Orders);
        await broker.HeartbeatAsync(goes, "c2", "consumers", Orders);
        await Eventually.TrueAsync("two notices", () => notices.Groups.Count == 2);
        goes.CloseConnection(broker.Address);
        await Eventually.TrueAsync("a notice of the loss", () => notices.Groups.Count == 3);
        Assert.Equal(["c1"], await ListAsync(broker));
    }

    [Fact]
    public async Task A_group_that_wants_no_notices_gets_none()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.InvokeAsync(
            RequestCode.UpdateAndCreateSubscriptiongroup, null, new SubscriptionGroupConfig { GroupName = "consumers", NotifyConsumerIdsChangedEnable = false }.Encode());
        var notices = new Notices();
        var client = broker.NewClient(notices);
        await broker.HeartbeatAsync(client, "c1", "consumers", Orders);
        await broker.HeartbeatAsync(client, "c1", "others", Orders);
        await Eventually.TrueAsync("the other group's notice", () => notices.Groups.Contains("others"));
        Assert.DoesNotContain("consumers", notices.Groups);
    }

    [Fact]
    public async Task A_heartbeat_creates_the_retry_topic()
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Equal(0, (await broker.HeartbeatAsync(broker.Client, "c1", "consumers", Orders)).Code);
        var topic = broker.Node.Tables.Topics.Find("%RETRY%consumers")!;
        Assert.Equal((1, 1, 6), (topic.ReadQueueNums, topic.WriteQueueNums, topic.Perm));
    }

    [Fact]
    public async Task A_group_with_an_impossible_name_is_refused()
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Equal(ResponseCode.SystemError, (await broker.HeartbeatAsync(broker.Client, "c1", "bad name", Orders)).Code);
    }

    [Fact]
    public async Task Nobody_of_an_absent_group_is_listed()
    {
        await using var broker = await TestBroker.StartAsync();
        var response = await broker.InvokeAsync(RequestCode.GetConsumerListByGroup, new ConsumerGroupRequestHeader("consumers").ToExtFields());
        Assert.Equal((ResponseCode.SystemError, "no consumer for this group, consumers"), (response.Code, response.Remark));
        response = await broker.InvokeAsync(RequestCode.GetConsumerConnectionList, new ConsumerGroupRequestHeader("consumers").ToExtFields());
        Assert.Equal(ResponseCode.ConsumerNotOnline, response.Code);
        response = await broker.InvokeAsync(RequestCode.GetProducerConnectionList, new GetProducerConnectionListRequestHeader("producers").ToExtFields());
        Assert.Equal(ResponseCode.SystemError, response.Code);
    }

    [Fact]
    public async Task Connections_are_described_for_admin_tools()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.HeartbeatAsync(broker.Client, "c1", "consumers", Orders);
        var response = await broker.InvokeAsync(RequestCode.GetConsumerConnectionList, new ConsumerGroupRequestHeader("consumers").ToExtFields());
        var consumers = ConsumerConnections.Decode(response.Body.Span);
        var connection = Assert.Single(consumers.Connections);
        Assert.Equal(("c1", "DOTNET"), (connection.ClientId, connection.Language));
        Assert.Equal(("orders", "CLUSTERING", "CONSUME_PASSIVELY"), (Assert.Single(consumers.Subscriptions).Topic, consumers.MessageModel, consumers.ConsumeType));

        response = await broker.InvokeAsync(RequestCode.GetProducerConnectionList, new GetProducerConnectionListRequestHeader("producers").ToExtFields());
        Assert.Equal("c1", Assert.Single(ProducerConnections.Decode(response.Body.Span).Connections).ClientId);
    }

    [Fact]
    public async Task A_client_with_two_connections_is_one_member()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.HeartbeatAsync(broker.Client, "c1", "consumers", Orders);
        await broker.HeartbeatAsync(broker.NewClient(), "c1", "consumers", Orders);
        await broker.HeartbeatAsync(broker.NewClient(), "c2", "consumers", Orders);

        var response = await broker.InvokeAsync(RequestCode.GetConsumerListByGroup, new ConsumerGroupRequestHeader("consumers").ToExtFields());
        Assert.Equal(["c1", "c2"], ConsumerIdList.Decode(response.Body.Span).ClientIds.Order());
        response = await broker.InvokeAsync(RequestCode.GetConsumerConnectionList, new ConsumerGroupRequestHeader("consumers").ToExtFields());
        Assert.Equal(["c1", "c2"], ConsumerConnections.Decode(response.Body.Span).Connections.Select(static c => c.ClientId).Order());
    }

    [Fact]
    public async Task Silent_clients_are_forgotten()
    {
        await using var broker = await TestBroker.StartAsync();
        var clock = new ManualTimeProvider();
        var timed = new ConsumerGroupTable(clock);
        var connection = await broker.NewClient().ConnectAsync(broker.Address, TestBroker.Long, TestContext.Current.CancellationToken);
        timed.Register(new ConsumerData { GroupName = "g" }, connection, "c1", LanguageCode.Java, 1);
        clock.Advance(TimeSpan.FromSeconds(120));
        timed.RemoveSilent(TimeSpan.FromSeconds(120));
        Assert.Equal(["c1"], timed.ClientIds("g"));
        clock.Advance(TimeSpan.FromSeconds(1));
        timed.RemoveSilent(TimeSpan.FromSeconds(120));
        Assert.Empty(timed.ClientIds("g"));
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task A_tag_subscription_passes_the_check_and_a_property_filter_does_not()
    {
        await using var broker = await TestBroker.StartAsync();
        var tag = new CheckClientBody("c1", "consumers", Orders).Encode();
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.CheckClientConfig, null, tag)).Code);
        var sql = new CheckClientBody("c1", "consumers", Orders with { ExpressionType = "SQL92", SubString = "a > 1" }).Encode();
        Assert.Equal(ResponseCode.SystemError, (await broker.InvokeAsync(RequestCode.CheckClientConfig, null, sql)).Code);
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.CheckClientConfig)).Code);
    }

    private static async Task<IReadOnlyCollection<string>> ListAsync(TestBroker broker)
    {
        var response = await broker.InvokeAsync(RequestCode.GetConsumerListByGroup, new ConsumerGroupRequestHeader("consumers").ToExtFields());
        return ConsumerIdList.Decode(response.Body.Span).ClientIds;
    }

    /// <summary>Collects NOTIFY_CONSUMER_IDS_CHANGED.</summary>
    private sealed class Notices : IRequestProcessor
    {
        public ConcurrentQueue<string> Groups { get; } = [];

        public int Code => RequestCode.NotifyConsumerIdsChanged;

        public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
        {
            Groups.Enqueue(request.ExtFields["consumerGroup"]!);
            return default;
        }
    }
}
