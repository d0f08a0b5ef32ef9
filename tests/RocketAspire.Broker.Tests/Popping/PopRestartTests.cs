using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;
using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;
using static RocketAspire.Broker.Tests.Popping.PopClient;

namespace RocketAspire.Broker.Tests.Popping;

public sealed class PopRestartTests
{
    [Fact]
    public async Task Invisible_messages_stay_invisible_over_a_restart_and_receipts_stay_good()
    {
        using var folder = new TemporaryFolder();
        List<Popped> popped;
        await using (var broker = await PopTests.StartAsync(folder: folder))
        {
            await PopTests.FillAsync(broker, 6);
            popped = await broker.PoppedAsync(PopHeader("orders", max: 4, invisibleMs: 3_000));
            await broker.AckedAsync(popped[1]);
        }

        await using var again = await PopTests.StartAsync(folder: folder);
        Assert.Equal(["m4", "m5"], (await again.PoppedAsync(PopHeader("orders"))).Select(static m => m.Text));
        await again.AckedAsync(popped[0]);
        await again.AckedAsync(popped[2]);
        var back = Assert.Single(await again.PoppedAsync(PopHeader("orders"), 1));
        Assert.Equal(("m3", 1), (back.Text, back.Record.ReconsumeTimes));
        Assert.Equal(ResponseCode.PollingTimeout, (await again.PopAsync(PopHeader("orders"))).Code);
    }

    [Fact]
    public async Task Time_that_passes_while_the_broker_is_down_counts()
    {
        using var folder = new TemporaryFolder();
        await using (var broker = await PopTests.StartAsync(folder: folder))
        {
            await PopTests.FillAsync(broker, 2);
            await broker.PoppedAsync(PopHeader("orders", invisibleMs: 1), 2);
        }

        await using var again = await PopTests.StartAsync(folder: folder);
        Assert.Equal(["m0", "m1"], (await again.PoppedAsync(PopHeader("orders"), 2)).Select(static m => m.Text));
    }

    [Fact]
    public async Task What_is_done_is_not_read_again_at_the_next_start()
    {
        using var folder = new TemporaryFolder();
        await using (var broker = await PopTests.StartAsync(folder: folder))
        {
            await PopTests.FillAsync(broker, 10);
            foreach (var message in await broker.PoppedAsync(PopHeader("orders"), 10)) await broker.AckedAsync(message);
        }

        await using var again = await PopTests.StartAsync(folder: folder);
        Assert.Equal(10, again.OffsetOf("orders"));
        var revive = PopTopics.ReviveLog("DefaultCluster");
        var (topic, queue) = Assert.Single(again.Node.Store.Queues, q => q.Topic == revive);
        Assert.Equal(again.Node.Store.QueueBounds(topic, queue).Max, again.Node.Tables.ConsumerOffsets.Query(PopTopics.ReviveGroup, topic, queue));
    }

    /// <summary>Power goes at some moment of a life of pops, acknowledgements and returns: whatever the log still holds comes to the group.</summary>
    [Theory]
    [InlineData(FlushDiskType.Sync)]
    [InlineData(FlushDiskType.Async)]
    public async Task No_message_is_lost_for_a_group_when_power_goes(FlushDiskType flush)
    {
        for (var seed = 1; seed <= 8; seed++)
        {
            var device = new PowerLossDevice(seed);
            using var folder = new TemporaryFolder();
            var random = new Random(seed);
            var consumed = new HashSet<string>();
            for (var life = 1; life <= 3; life++)
            {
                await using var broker = await StartAsync(device, folder, flush, $"boot-{life}");
                for (var i = 0; i < 10; i++) await broker.SentAsync("orders", $"m{life}-{i}");
                await broker.ArrivedAsync("orders", 1);
                for (var i = 0; i < 4; i++) await ConsumeAsync(broker, random, consumed);
                device.PowerOff();
                device = device.PowerCycle();
            }

            await using var last = await StartAsync(device, folder, flush, "boot-last");
            var (min, max) = last.Node.Store.QueueBounds("orders", 0);
            var stored = Enumerable.Range((int)min, (int)(max - min)).Select(offset => TestBroker.Text(
                MessageRecordCodec.DecodeAll(last.Node.Store.ReadQueue("orders", 0, offset, 1, int.MaxValue, null).Body)[0])).ToHashSet();
            await Eventually.TrueAsync($"all messages came, seed {seed}", async () =>
            {
                await ConsumeAsync(last, null, consumed);
                return stored.IsSubsetOf(consumed);
            });
        }
    }

    [Fact]
    public async Task A_group_does_not_pass_over_messages_whose_check_point_is_lost_with_the_logs_end()
    {
        var device = new PowerLossDevice(5);
        using var folder = new TemporaryFolder();
        await using (var broker = await StartAsync(device, folder, FlushDiskType.Async, "boot-1")) await FillAsync(broker);
        await using (var broker = await StartAsync(device, folder, FlushDiskType.Async, "boot-2", flushIntervalMs: 3_600_000))
        {
            await broker.CreateGroupAsync("others");
            await broker.PoppedAsync(PopHeader("orders"));
            foreach (var message in await broker.PoppedAsync(PopHeader("orders", group: "others"))) await broker.AckedAsync(message, "others");
            // The others' offset is on disk; so would this group's be, if it moved.
            await Eventually.TrueAsync("the offsets are written", () => System.Text.Encoding.UTF8.GetString(device.Content(folder["store/config/consumerOffset.json"]) ?? []) is var json
                && System.Text.RegularExpressions.Regex.IsMatch(json, @"orders@others"":\{""?0""?:5\}"));
            device.PowerOff();
        }

        await using var again = await StartAsync(device.PowerCycle(), folder, FlushDiskType.Async, "boot-3");
        Assert.Equal(5, again.OffsetOf("orders", group: "others"));
        Assert.Equal(5, (await again.PoppedAsync(PopHeader("orders"))).Count);
        Assert.Equal(ResponseCode.PollingTimeout, (await again.PopAsync(PopHeader("orders", group: "others"))).Code);
    }

    private static async Task FillAsync(TestBroker broker)
    {
        for (var i = 0; i < 5; i++) await broker.SentAsync("orders", $"m{i}");
        await broker.ArrivedAsync("orders", 5);
    }

    /// <summary>Pops some and acknowledges every other one, or all.</summary>
    private static async Task ConsumeAsync(TestBroker broker, Random? random, HashSet<string> consumed)
    {
        var response = await broker.PopAsync(PopHeader("orders", max: 1 + (random?.Next(5) ?? 9), invisibleMs: random?.Next(2) == 0 ? 400 : 1));
        if (response.Code != ResponseCode.Success) return;
        foreach (var message in Read(response))
        {
            if (random?.Next(2) == 0) continue;
            await broker.AckedAsync(message);
            consumed.Add(message.Text);
        }
    }

    private static async Task<TestBroker> StartAsync(IStorageDevice device, TemporaryFolder folder, FlushDiskType flush, string boot, int flushIntervalMs = 30)
    {
        var broker = await TestBroker.StartAsync(
            o => o with { Pop = PopTests.QuickPop, FlushConsumerOffsetInterval = TimeSpan.FromMilliseconds(20), Store = o.Store with { Flush = flush, FlushIntervalMs = flushIntervalMs, BootId = () => boot } }, folder, device);
        await broker.CreateGroupAsync();
        await broker.CreateTopicAsync("orders", queues: 1);
        return broker;
    }
}
