using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests;

public sealed class QueryTests
{
    private static QueryMessageRequestHeader Query(string key) => new() { Topic = "orders", Key = key, MaxNum = 64, BeginTimestamp = 0, EndTimestamp = long.MaxValue };

    [Fact]
    public async Task A_message_is_found_by_each_of_its_keys()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SentAsync("orders", "a", properties: TestBroker.Properties(("KEYS", "k1 k2"), ("UNIQ_KEY", "u1")));
        await broker.SentAsync("orders", "b", queueId: 1, properties: TestBroker.Properties(("KEYS", "k2"), ("UNIQ_KEY", "u2")));
        await broker.SentAsync("others", "c", properties: TestBroker.Properties(("KEYS", "k2")));
        await broker.ArrivedAsync("others", 1);
        Assert.Equal(["a"], await FoundAsync(broker, Query("k1")));
        Assert.Equal(["a", "b"], await FoundAsync(broker, Query("k2")));
        Assert.Equal(["b"], await FoundAsync(broker, Query("u2") with { IsUniqueKey = true, MaxNum = 0 }));
        Assert.Equal(["c"], await FoundAsync(broker, Query("k2") with { Topic = "others" }));
    }

    [Fact]
    public async Task The_newest_are_answered_in_the_order_of_the_log_and_within_both_limits()
    {
        await using var broker = await TestBroker.StartAsync(static o => o with { DefaultQueryMaxNum = 2 });
        for (var i = 0; i < 70; i++) await broker.SentAsync("orders", $"m{i}", properties: TestBroker.Properties(("KEYS", "k")));
        await broker.ArrivedAsync("orders", 70);
        Assert.Equal(Enumerable.Range(6, 64).Select(static i => $"m{i}"), await FoundAsync(broker, Query("k") with { MaxNum = 1000 }));
        Assert.Equal(["m67", "m68", "m69"], await FoundAsync(broker, Query("k") with { MaxNum = 3 }));
        Assert.Equal(["m68", "m69"], await FoundAsync(broker, Query("k") with { IsUniqueKey = true }));
        var response = await AskAsync(broker, Query("k"));
        var last = broker.Node.Store.ReadRecord(broker.Node.Store.Queries.IndexEnd.PhysicalOffset)!;
        Assert.Equal("m69", TestBroker.Text(last));
        Assert.Equal(($"{last.StoreTimestamp}", $"{last.PhysicalOffset}"), (response.ExtFields["indexLastUpdateTimestamp"], response.ExtFields["indexLastUpdatePhyoffset"]));
    }

    [Fact]
    public async Task Times_outside_find_nothing()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SentAsync("orders", "a", properties: TestBroker.Properties(("KEYS", "k")));
        var stored = Assert.Single(await broker.ArrivedAsync("orders", 1)).StoreTimestamp;
        Assert.Equal(["a"], await FoundAsync(broker, Query("k") with { BeginTimestamp = stored, EndTimestamp = stored }));
        foreach (var header in new[] { Query("k") with { EndTimestamp = stored - 1 }, Query("k") with { BeginTimestamp = stored + 60_000 }, Query("other") })
        {
            var response = await AskAsync(broker, header);
            Assert.Equal((ResponseCode.QueryNotFound, "can not find message, maybe time range not correct", "0"), (response.Code, response.Remark, response.ExtFields["indexLastUpdatePhyoffset"]));
        }
    }

    [Fact]
    public async Task A_message_is_viewed_as_the_log_holds_it()
    {
        await using var broker = await TestBroker.StartAsync();
        var sent = await broker.SentAsync("orders", "a", properties: TestBroker.Properties(("KEYS", "k")));
        await broker.ArrivedAsync("orders", 1);
        Assert.True(MessageId.TryParse(sent.MsgId, out _, out var offset));
        var response = await broker.InvokeAsync(RequestCode.ViewMessageById, new ViewMessageRequestHeader(offset).ToExtFields());
        Assert.Equal("a", TestBroker.Text(Assert.Single(MessageRecordCodec.DecodeAll(response.Body))));
        response = await broker.InvokeAsync(RequestCode.ViewMessageById, new ViewMessageRequestHeader(offset + 1).ToExtFields());
        Assert.Equal((ResponseCode.SystemError, $"can not find message by the offset, {offset + 1}"), (response.Code, response.Remark));
    }

    [Fact]
    public async Task Queue_entries_are_told_with_the_groups_subscription()
    {
        await using var broker = await TestBroker.StartAsync(static o => o with { EnablePropertyFilter = true });
        for (var i = 0; i < 3; i++) await broker.SentAsync("orders", $"m{i}", properties: TestBroker.Properties(("TAGS", "a")));
        var records = await broker.ArrivedAsync("orders", 3);
        var body = await EntriesAsync(broker, new("orders", 0, 1, 10, null));
        Assert.Equal((0L, 3L, null, null), (body.MinQueueIndex, body.MaxQueueIndex, body.Subscription, body.FilterData));
        Assert.Equal(records.Skip(1).Select(static r => new ConsumeQueueData(r.PhysicalOffset, r.TotalSize, 97)), body.Entries);
        Assert.Equal("consumers@orders is not online!", (await EntriesAsync(broker, new("orders", 0, 0, 1, "consumers"))).FilterData);

        await broker.HeartbeatAsync(broker.Client, "c1", "consumers", new SubscriptionData { Topic = "orders", SubString = "a = 1", ExpressionType = "SQL92", SubVersion = 5 });
        body = await EntriesAsync(broker, new("orders", 0, 0, 1, "consumers"));
        Assert.Equal("""{"clientVersion":5,"expression":"a = 1","expressionType":"SQL92","topic":"orders"}""", body.FilterData);
        Assert.Equal("a = 1", body.Subscription!.SubString);
        Assert.Single(body.Entries);
    }

    [Fact]
    public async Task Queue_entries_that_are_not_there_are_told_of()
    {
        await using var broker = await TestBroker.StartAsync();
        var response = await broker.InvokeAsync(RequestCode.QueryConsumeQueue, new QueryConsumeQueueRequestHeader("orders", 0, 0, 1, null).ToExtFields());
        Assert.Equal((ResponseCode.SystemError, "0@orders is not exist!"), (response.Code, response.Remark));
        await broker.SentAsync("orders", "a");
        await broker.ArrivedAsync("orders", 1);
        response = await broker.InvokeAsync(RequestCode.QueryConsumeQueue, new QueryConsumeQueueRequestHeader("orders", 0, 1, 1, null).ToExtFields());
        Assert.Equal((ResponseCode.Success, "Index 1 of 0@orders is not exist!", 0), (response.Code, response.Remark, response.Body.Length));
    }

    /// <summary>Messages at 100 (two of them), 200 and 300 ms.</summary>
    [Theory]
    [InlineData(100, "LOWER", 0)]
    [InlineData(100, "UPPER", 1)]
    [InlineData(150, "LOWER", 2)]
    [InlineData(150, "upper", 1)]
    [InlineData(50, "LOWER", 0)]
    [InlineData(50, "UPPER", 0)]
    [InlineData(300, "LOWER", 3)]
    [InlineData(301, "LOWER", 4)]
    [InlineData(999, "UPPER", 3)]
    [InlineData(149, null, 1)]
    [InlineData(151, null, 2)]
    [InlineData(999, null, 3)]
    public async Task A_time_is_found_by_the_boundary_that_is_asked_for(int ms, string? boundary, long expected)
    {
        var clock = new ManualTimeProvider();
        await using var broker = await TestBroker.StartAsync(null, null, null, clock);
        var start = clock.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var at in new[] { 100, 100, 200, 300 })
        {
            clock.Advance(TimeSpan.FromMilliseconds(start + at - clock.GetUtcNow().ToUnixTimeMilliseconds()));
            await broker.SentAsync("orders", $"{at}");
        }

        await broker.ArrivedAsync("orders", 4);
        var response = await broker.InvokeAsync(RequestCode.SearchOffsetByTimestamp, new SearchOffsetRequestHeader("orders", 0, start + ms, boundary).ToExtFields());
        Assert.Equal($"{expected}", response.ExtFields["offset"]);
    }

    private static Task<RemotingCommand> AskAsync(TestBroker broker, QueryMessageRequestHeader header) => broker.InvokeAsync(RequestCode.QueryMessage, header.ToExtFields());

    private static async Task<IEnumerable<string>> FoundAsync(TestBroker broker, QueryMessageRequestHeader header)
    {
        var response = await AskAsync(broker, header);
        Assert.Equal((ResponseCode.Success, null), (response.Code, response.Remark));
        return MessageRecordCodec.DecodeAll(response.Body).Select(TestBroker.Text);
    }

    private static async Task<QueryConsumeQueueBody> EntriesAsync(TestBroker broker, QueryConsumeQueueRequestHeader header)
    {
        var response = await broker.InvokeAsync(RequestCode.QueryConsumeQueue, header.ToExtFields());
        Assert.Equal((ResponseCode.Success, null), (response.Code, response.Remark));
        return QueryConsumeQueueBody.Decode(response.Body.Span);
    }
}
