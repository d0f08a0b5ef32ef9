using RocketAspire.Store.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

/// <summary>Stores that another broker wrote: it knows nothing of our mark, so the start goes by what log, queues, index and checkpoint say.</summary>
public sealed class ForeignStoreTests
{
    private const string Mark = "/store/rocketaspire.mark";

    [Theory]
    [InlineData(3, false)]
    [InlineData(3, true)]
    [InlineData(40, false)]
    [InlineData(40, true)]
    public async Task A_store_of_another_broker_is_gone_on_with_where_its_last_message_ends(int count, bool killed)
    {
        var device = await WriteAsync(count, killed);
        device.DeleteFile(Mark);
        await using var store = await OpenAsync(device);
        await store.SeesAsync(count);
        Assert.Equal(count, (await store.StoreAsync(Message("next", keys: "k next"))).QueueOffset);
        await store.SeesAsync(count + 1);
        Assert.Equal([.. Enumerable.Range(0, count).Select(static i => $"m{i}"), "next"], store.Bodies());
        // Each key leads to its one message, also those that stood at the end of an index file.
        for (var i = 0; i < count; i++) Assert.Single(store.Queries.FindByKey("T", $"k{i}", 10, 0, long.MaxValue));
        Assert.Single(store.Queries.FindByKey("T", "next", 10, 0, long.MaxValue));
        Assert.Equal(count + 1, store.Queries.FindByKey("T", "k", 100, 0, long.MaxValue).Count);
    }

    [Fact]
    public async Task Queues_and_index_of_another_log_are_made_anew_from_this_one()
    {
        var device = await WriteAsync(40, killed: false);
        var other = await WriteAsync(9, killed: false, bodySize: 77);
        foreach (var path in device.Paths().Where(static p => p.Contains("/commitlog/", StringComparison.Ordinal)).ToList()) device.DeleteFile(path);
        foreach (var path in other.Paths().Where(static p => p.Contains("/commitlog/", StringComparison.Ordinal)).ToList())
        {
            using var file = device.Open(path, create: true);
            file.Write(0, other.Content(path));
        }

        device.DeleteFile(Mark);
        await using var store = await OpenAsync(device);
        Assert.Equal(9, store.Bodies().Count);
        for (var i = 0; i < 9; i++) Assert.Single(store.Queries.FindByKey("T", $"k{i}", 10, 0, long.MaxValue));
        var next = await store.StoreAsync(Message("next", keys: "next"));
        await RocketAspire.TestSupport.Eventually.TrueAsync("the next message to be read", () => store.ReadQueue("T", 0, next.QueueOffset, 1, 1 << 20, null).Status == QueueReadStatus.Found);
        Assert.Single(store.Queries.FindByKey("T", "next", 10, 0, long.MaxValue));
    }

    private static async Task<PowerLossDevice> WriteAsync(int count, bool killed, int bodySize = 0)
    {
        var device = new PowerLossDevice();
        var store = await OpenAsync(device);
        for (var i = 0; i < count; i++) await store.StoreAsync(Message($"m{i}".PadRight(bodySize, '.'), keys: $"k k{i}", uniqKey: $"u{i}"));
        await store.SeesAsync(count);
        var left = killed ? device.ProcessKilled() : null;
        await store.DisposeAsync();
        return left ?? device;
    }
}
