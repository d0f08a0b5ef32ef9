using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests;

public sealed class LockTests
{
    private static readonly MessageQueue[] Queues = [new("orders", "broker-a", 0), new("orders", "broker-a", 1)];

    [Fact]
    public async Task A_queue_belongs_to_one_client_until_it_gives_it_back()
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Equal(Queues, await LockAsync(broker, "c1", Queues));
        Assert.Empty(await LockAsync(broker, "c2", Queues));
        Assert.Equal(Queues, await LockAsync(broker, "c1", Queues));

        await broker.InvokeAsync(RequestCode.UnlockBatchMq, null, new LockBatchBody("consumers", "c2", Queues).Encode());
        Assert.Empty(await LockAsync(broker, "c2", Queues));
        await broker.InvokeAsync(RequestCode.UnlockBatchMq, null, new LockBatchBody("consumers", "c1", [Queues[1]]).Encode());
        Assert.Equal([Queues[1]], await LockAsync(broker, "c2", Queues));
    }

    [Fact]
    public async Task Groups_do_not_share_locks()
    {
        await using var broker = await TestBroker.StartAsync();
        await LockAsync(broker, "c1", Queues);
        var response = await broker.InvokeAsync(RequestCode.LockBatchMq, null, new LockBatchBody("others", "c2", Queues).Encode());
        Assert.Equal(Queues, LockedQueuesBody.Decode(response.Body.Span).Queues);
    }

    [Fact]
    public async Task A_lock_without_group_or_client_is_refused()
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Equal(ResponseCode.SystemError, (await broker.InvokeAsync(RequestCode.LockBatchMq, null, new LockBatchBody("", "c1", Queues).Encode())).Code);
    }

    [Fact]
    public void A_lock_not_renewed_for_60_s_may_be_taken_over()
    {
        var clock = new ManualTimeProvider();
        var locks = new QueueLockTable(clock);
        locks.TryLock("g", "c1", Queues);
        clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Empty(locks.TryLock("g", "c2", Queues));
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Queues, locks.TryLock("g", "c2", Queues));
        Assert.Empty(locks.TryLock("g", "c1", Queues));
    }

    [Fact]
    public void Expired_locks_are_forgotten()
    {
        var clock = new ManualTimeProvider();
        var locks = new QueueLockTable(clock);
        locks.TryLock("g", "c1", Queues);
        clock.Advance(TimeSpan.FromSeconds(61));
        locks.RemoveExpired();
        Assert.Equal(Queues, locks.TryLock("g", "c2", Queues));
    }

    private static async Task<IReadOnlyList<MessageQueue>> LockAsync(TestBroker broker, string client, MessageQueue[] queues)
    {
        var response = await broker.InvokeAsync(RequestCode.LockBatchMq, null, new LockBatchBody("consumers", client, queues).Encode());
        Assert.Equal(0, response.Code);
        return LockedQueuesBody.Decode(response.Body.Span).Queues;
    }
}
