using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests;

public sealed class PersistenceTests
{
    [Fact]
    public async Task A_created_topic_is_on_disk_before_the_answer()
    {
        using var folder = new TemporaryFolder();
        await using var broker = await TestBroker.StartAsync(folder: folder);
        await broker.CreateTopicAsync("orders");
        Assert.Contains("orders", TopicsIn(folder).Keys);
        await broker.SentAsync("auto", "x");
        Assert.Contains("auto", TopicsIn(folder).Keys);
        await broker.InvokeAsync(RequestCode.UpdateAndCreateSubscriptiongroup, null, new SubscriptionGroupConfig { GroupName = "consumers" }.Encode());
        Assert.Contains("consumers", SubscriptionGroupAndVersion.Decode(File.ReadAllBytes(Config(folder, "subscriptionGroup.json"))).Groups.Keys);
    }

    [Fact]
    public async Task Everything_is_there_again_after_a_restart()
    {
        using var folder = new TemporaryFolder();
        await using (var broker = await TestBroker.StartAsync(folder: folder))
        {
            await broker.SentAsync("orders", "x");
            await broker.InvokeAsync(RequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequestHeader("consumers", "orders", 0, 1).ToExtFields());
            await broker.InvokeAsync(RequestCode.UpdateAndCreateSubscriptiongroup, null, new SubscriptionGroupConfig { GroupName = "consumers", RetryMaxTimes = 7 }.Encode());
        }

        Assert.False(File.Exists(folder["store/abort"]));
        await using var again = await TestBroker.StartAsync(folder: folder);
        Assert.Equal("x", TestBroker.Text(Assert.Single(await again.PulledAsync("orders"))));
        Assert.Equal(1, again.Node.Tables.ConsumerOffsets.Query("consumers", "orders", 0));
        Assert.Equal(7, again.Node.Tables.Groups.Peek("consumers")!.RetryMaxTimes);
    }

    [Fact]
    public async Task Offsets_are_written_every_few_seconds_without_a_stop()
    {
        using var folder = new TemporaryFolder();
        await using var broker = await TestBroker.StartAsync(static o => o with { FlushConsumerOffsetInterval = TimeSpan.FromMilliseconds(20) }, folder);
        await broker.InvokeAsync(RequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequestHeader("consumers", "orders", 2, 17).ToExtFields());
        await Eventually.TrueAsync("consumerOffset.json to be written", () => File.Exists(Config(folder, "consumerOffset.json")));
        Assert.Equal("{\"offsetTable\":{\"orders@consumers\":{\"2\":17}}}", File.ReadAllText(Config(folder, "consumerOffset.json")));
    }

    [Fact]
    public async Task Apaches_files_with_bare_keys_are_read()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["store/config"]);
        File.WriteAllText(Config(folder, "consumerOffset.json"), "{\n\t\"offsetTable\":{\n\t\t\"orders@consumers\":{0:12,1:7\n\t\t}\n\t}\n}");
        File.WriteAllText(Config(folder, "delayOffset.json"), "{\n\t\"offsetTable\":{3:1\n\t}\n}");
        await using var broker = await TestBroker.StartAsync(folder: folder);
        Assert.Equal((12, 7), (broker.Node.Tables.ConsumerOffsets.Query("consumers", "orders", 0), broker.Node.Tables.ConsumerOffsets.Query("consumers", "orders", 1)));
        Assert.Equal(1, broker.Node.Tables.DelayOffsets.Get(3));
    }

    [Fact]
    public async Task A_table_that_can_not_be_read_stops_the_start_in_one_line()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["store/config"]);
        File.WriteAllText(Config(folder, "topics.json"), "{broken");
        var e = await Assert.ThrowsAsync<StoreException>(() => TestBroker.StartAsync(folder: folder));
        Assert.StartsWith("config/topics.json can't be read: ", e.Message, StringComparison.Ordinal);

        // The folder is free again.
        File.Delete(Config(folder, "topics.json"));
        await using var broker = await TestBroker.StartAsync(folder: folder);
        await broker.SentAsync("orders", "x");
    }

    [Fact]
    public async Task With_SYNC_FLUSH_the_answer_waits_for_the_device()
    {
        var device = new GatedDevice();
        await using var broker = await TestBroker.StartAsync(static o => o with { Store = o.Store with { Flush = FlushDiskType.Sync } }, device: device);
        await broker.CreateTopicAsync("orders");
        device.Block();
        var send = broker.SendAsync("orders", "slow");
        await Eventually.TrueAsync("the log to be flushed", () => device.Waiting > 0);
        Assert.False(send.IsCompleted);

        // Who doesn't want to wait, doesn't.
        Assert.Equal(0, (await broker.SendAsync("orders", "hasty", properties: TestBroker.Properties(("WAIT", "false")))).Code);
        Assert.False(send.IsCompleted);
        device.Release();
        Assert.Equal(0, (await send).Code);
        await broker.ArrivedAsync("orders", 2);
    }

    [Fact]
    public async Task A_device_that_is_too_slow_is_told_as_stored_but_not_safe()
    {
        var device = new GatedDevice();
        await using var broker = await TestBroker.StartAsync(
            static o => o with { SyncFlushTimeout = TimeSpan.FromMilliseconds(50), Store = o.Store with { Flush = FlushDiskType.Sync } }, device: device);
        await broker.CreateTopicAsync("orders");
        device.Block();
        var response = await broker.SendAsync("orders", "slow");
        device.Release();
        Assert.Equal(ResponseCode.FlushDiskTimeout, response.Code);
        Assert.NotNull(response.ExtFields["msgId"]);
    }

    [Fact]
    public async Task After_a_failed_sync_nothing_is_reported_as_stored()
    {
        var device = new GatedDevice();
        await using var broker = await TestBroker.StartAsync(static o => o with { Store = o.Store with { Flush = FlushDiskType.Sync } }, device: device);
        await broker.CreateTopicAsync("orders");
        device.FailFlushes = true;
        // In the log, and maybe on disk: not refused, but not known to be stored either.
        Assert.Equal(ResponseCode.SystemError, (await broker.SendAsync("orders", "x")).Code);
        device.FailFlushes = false;
        Assert.Equal(ResponseCode.ServiceNotAvailable, (await broker.SendAsync("orders", "y")).Code);
    }

    private static string Config(TemporaryFolder folder, string name) => folder[Path.Combine("store", "config", name)];

    private static IReadOnlyDictionary<string, TopicConfig> TopicsIn(TemporaryFolder folder) =>
        TopicConfigAndVersion.Decode(File.ReadAllBytes(Config(folder, "topics.json"))).TopicConfigTable;
}
