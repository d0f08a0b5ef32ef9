using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Admin;

public sealed class BrokerStatsTests
{
    [Fact]
    public void Counters_tell_their_last_minute_hour_and_day()
    {
        var clock = new ManualTimeProvider();
        var stats = new BrokerStats("cluster", clock);
        stats.Put("orders", 0, 0);
        for (var i = 0; i < 12; i++)
        {
            stats.Put("orders", 5, 50);
            clock.Advance(TimeSpan.FromSeconds(10));
        }

        var data = stats.Find("TOPIC_PUT_NUMS", "orders")!;
        Assert.Equal(new BrokerStatsItem(30, 0.5, 5), data.Minute);
        clock.Advance(TimeSpan.FromMinutes(8));
        data = stats.Find("TOPIC_PUT_NUMS", "orders")!;
        Assert.Equal((0L, 60L, 0.05), (data.Minute.Sum, data.Hour.Sum, data.Hour.Tps));
        clock.Advance(TimeSpan.FromMinutes(60));
        Assert.Equal((0L, 60L), (stats.Find("TOPIC_PUT_SIZE", "orders")!.Hour.Sum, stats.Find("TOPIC_PUT_NUMS", "orders")!.Day.Sum));
        clock.Advance(TimeSpan.FromHours(26));
        Assert.Null(stats.Find("TOPIC_PUT_NUMS", "orders"));
    }

    [Fact]
    public async Task Sends_pulls_and_retries_are_counted_under_their_names()
    {
        var clock = new ManualTimeProvider();
        await using var broker = await TestBroker.StartAsync(static o => o with { ClusterName = "cluster" }, null, null, clock);
        Assert.Null(await AskAsync(broker, "TOPIC_PUT_NUMS", "orders"));
        for (var i = 0; i < 3; i++) await broker.SentAsync("orders", $"m{i}");
        var records = await broker.ArrivedAsync("orders", 3);
        var back = new ConsumerSendMsgBackRequestHeader { Offset = records[0].PhysicalOffset, Group = "consumers", DelayLevel = 0 };
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.ConsumerSendMsgBack, back.ToExtFields())).Code);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(3, (await AskAsync(broker, "TOPIC_PUT_NUMS", "orders"))!.Minute.Sum);
        Assert.Equal(records.Sum(static r => r.TotalSize), (await AskAsync(broker, "TOPIC_PUT_SIZE", "orders"))!.Minute.Sum);
        Assert.Equal(3, (await AskAsync(broker, "GROUP_GET_NUMS", "orders@consumers"))!.Minute.Sum);
        Assert.Equal(records.Sum(static r => r.TotalSize), (await AskAsync(broker, "GROUP_GET_SIZE", "orders@consumers"))!.Minute.Sum);
        Assert.Equal(1, (await AskAsync(broker, "SNDBCK_PUT_NUMS", "orders@consumers"))!.Minute.Sum);
        Assert.Equal(4, (await AskAsync(broker, "BROKER_PUT_NUMS", "cluster"))!.Minute.Sum);
        Assert.Equal(3, (await AskAsync(broker, "BROKER_GET_NUMS", "cluster"))!.Minute.Sum);
        Assert.Null(await AskAsync(broker, "BROKER_GET_NUMS", "other"));
        Assert.Null(await AskAsync(broker, "NONSENSE", "orders"));
    }

    private static async Task<BrokerStatsData?> AskAsync(TestBroker broker, string name, string key)
    {
        var response = await broker.InvokeAsync(RequestCode.ViewBrokerStatsData, new ViewBrokerStatsDataRequestHeader(name, key).ToExtFields());
        if (response.Code == 0) return BrokerStatsData.Decode(response.Body.Span);
        Assert.Equal((ResponseCode.SystemError, $"The stats <{name}> <{key}> not exist"), (response.Code, response.Remark));
        return null;
    }
}
