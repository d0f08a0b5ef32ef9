using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

public sealed class RetentionTests
{
    [Fact]
    public async Task Files_are_told_with_their_age_and_never_the_last()
    {
        var clock = new ManualTimeProvider();
        await using var store = await OpenAsync(new PowerLossDevice(), Options with { Flush = FlushDiskType.Async }, clock);
        Assert.Empty(store.Retention.OldestFiles(10));
        var started = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var stored = new List<(long End, long At)>();
        for (var i = 0; i < 30; i++)
        {
            stored.Add((store.AppendOk(Message(new string('x', 900))).EndOffset, clock.GetUtcNow().ToUnixTimeMilliseconds()));
            clock.Advance(TimeSpan.FromMinutes(1));
        }

        var files = store.Retention.OldestFiles(10);
        Assert.Equal(Enumerable.Range(1, (int)(store.MaxPhysicalOffset / 4096)).Select(static i => i * 4096L), files.Select(static f => f.EndOffset));
        Assert.All(files, file => Assert.InRange(file.LastStored, stored.Last(s => s.End <= file.EndOffset).At, stored.First(s => s.End > file.EndOffset).At));
        Assert.Equal(2, store.Retention.OldestFiles(2).Count);
        Assert.True(files[0].LastStored > started);
    }

    [Fact]
    public async Task Nothing_goes_that_somebody_needs()
    {
        await using var store = await OpenAsync(new PowerLossDevice());
        for (var i = 0; i < 40; i++) await store.StoreAsync(Message(new string('x', 900)));
        await store.SeesAsync(40);
        var (one, other) = (20_000L, 9_000L);
        store.Retention.AddBound("one", () => one);
        store.Retention.AddBound("other", () => other);

        Assert.Equal((9_000, "other"), store.Retention.LowestNeeded());
        Assert.Equal(8192, await store.DeleteBeforeAsync(long.MaxValue));
        other = long.MaxValue;
        Assert.Equal(16384, await store.DeleteBeforeAsync(long.MaxValue));
    }

    [Theory]
    [InlineData("orderly")]
    [InlineData("killed")]
    [InlineData("power")]
    public async Task A_queue_whose_messages_all_expired_keeps_its_place(string end)
    {
        var device = new PowerLossDevice(7);
        var store = await OpenAsync(device);
        for (var i = 0; i < 5; i++) await store.StoreAsync(Message("early"));
        for (var i = 0; i < 20; i++) await store.StoreAsync(Message(new string('x', 900), queueId: 1));
        await store.SeesAsync(20, queueId: 1);
        Assert.True(await store.DeleteBeforeAsync(8192) >= 4096);
        Assert.Equal((5, 5), store.QueueBounds("T", 0));
        Assert.Equal(0, await store.Retention.DeleteExpiredQueuesAsync(static _ => false));

        if (end == "orderly") await store.DisposeAsync();
        else if (end == "power") device.PowerOff();
        device = end switch { "killed" => device.ProcessKilled(), "power" => device.PowerCycle(), _ => device };
        if (end != "orderly") await store.DisposeAsync();

        await using var again = await OpenAsync(device, end == "power" ? Options with { BootId = static () => "boot-2" } : null);
        Assert.Equal((5, 5), again.QueueBounds("T", 0));
        Assert.Equal(5, (await again.StoreAsync(Message("late"))).QueueOffset);
        await again.SeesAsync(6);
        Assert.Equal(["late"], again.Bodies());
    }

    [Fact]
    public async Task Expired_queues_of_forgotten_topics_go_for_good()
    {
        var device = new PowerLossDevice();
        await using (var store = await OpenAsync(device))
        {
            await store.StoreAsync(Message("a", "Gone"));
            await store.StoreAsync(Message("b", "Gone", queueId: 1));
            await store.StoreAsync(Message("c", "Kept"));
            for (var i = 0; i < 20; i++) await store.StoreAsync(Message(new string('x', 900)));
            await store.StoreAsync(Message("young", "Gone", queueId: 1));
            await store.SeesAsync(2, "Gone", 1);
            await store.DeleteBeforeAsync(8192);

            Assert.Equal(1, await store.Retention.DeleteExpiredQueuesAsync(static topic => topic == "Gone"));
            Assert.DoesNotContain(device.Paths(), static path => path.StartsWith("/store/consumequeue/Gone/0/", StringComparison.Ordinal));
            Assert.Equal((1, 2), store.QueueBounds("Gone", 1));
            Assert.Equal((1, 1), store.QueueBounds("Kept", 0));
            Assert.Equal(0, (await store.StoreAsync(Message("new", "Gone"))).QueueOffset);
            await store.SeesAsync(1, "Gone");
        }

        await using var again = await OpenAsync(device);
        Assert.Equal(["new"], again.Bodies("Gone"));
        Assert.Equal(["young"], again.Bodies("Gone", 1));
        Assert.Equal((1, 1), again.QueueBounds("Kept", 0));
    }
}
