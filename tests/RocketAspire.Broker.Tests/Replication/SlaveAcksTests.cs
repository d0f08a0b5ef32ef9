using RocketAspire.Broker.Ha;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Replication;

public sealed class SlaveAcksTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private SlaveAcks _acks;

    public SlaveAcksTests() => _acks = Create(acksNeeded: 1);

    [Fact]
    public async Task Nobody_waits_when_no_slave_is_asked_for()
    {
        _acks = Create(acksNeeded: 0);
        Assert.Equal(ReplicationAck.Ok, await Wait(100));
    }

    [Fact]
    public async Task Without_a_slave_the_answer_is_there_at_once() => Assert.Equal(ReplicationAck.SlaveNotAvailable, await Wait(100));

    [Fact]
    public void What_the_slowest_connected_slave_lacks_is_still_needed()
    {
        Assert.Equal(long.MaxValue, _acks.NearestAck);
        _acks.OnAck(1, 500);
        _acks.OnAck(2, 300);
        Assert.Equal((300, 500), (_acks.NearestAck, _acks.FurthestAck));
        _acks.OnSlaveGone(2);
        Assert.Equal(500, _acks.NearestAck);
    }

    [Fact]
    public async Task One_report_wakes_every_writer_below_it()
    {
        _acks.OnAck(1, 0);
        var below = Enumerable.Range(1, 100).Select(i => Wait(i).AsTask()).ToArray();
        var above = Wait(101).AsTask();
        _acks.OnAck(1, 100);
        Assert.All(await Task.WhenAll(below), ack => Assert.Equal(ReplicationAck.Ok, ack));
        Assert.False(above.IsCompleted);
    }

    [Fact]
    public async Task A_silent_slave_means_12_after_the_timeout_and_writers_that_came_later_wait_on()
    {
        _acks.OnAck(1, 0);
        var first = Wait(10).AsTask();
        _time.Advance(TimeSpan.FromSeconds(2));
        var second = Wait(20).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1.2));
        Assert.Equal(ReplicationAck.SlaveTimeout, await first);
        Assert.False(second.IsCompleted);
        _acks.OnAck(1, 20);
        Assert.Equal(ReplicationAck.Ok, await second);
    }

    [Fact]
    public async Task A_slave_too_far_behind_means_11_at_once()
    {
        _acks.OnAck(1, 0);
        Assert.Equal(ReplicationAck.SlaveNotAvailable, await Wait(1000));
        Assert.False(Wait(999).IsCompleted);
    }

    [Fact]
    public async Task Losing_the_last_slave_tells_its_writers_at_once()
    {
        _acks.OnAck(1, 0);
        var waiting = Wait(10).AsTask();
        _acks.OnSlaveGone(1);
        Assert.Equal(ReplicationAck.SlaveNotAvailable, await waiting);
        Assert.Equal(0, _acks.ConnectedSlaves);
    }

    [Fact]
    public async Task With_two_slaves_asked_for_the_slower_one_counts()
    {
        _acks = Create(acksNeeded: 2);
        _acks.OnAck(1, 50);
        Assert.Equal(ReplicationAck.SlaveNotAvailable, await Wait(10));
        _acks.OnAck(2, 0);
        var waiting = Wait(10).AsTask();
        Assert.False(waiting.IsCompleted);
        _acks.OnAck(2, 10);
        Assert.Equal(ReplicationAck.Ok, await waiting);
    }

    [Fact]
    public async Task A_slave_about_to_connect_is_waited_for_a_moment_only()
    {
        _acks.Expect(1, 0);
        var waiting = Wait(10).AsTask();
        Assert.False(waiting.IsCompleted);
        _acks.OnAck(1, 10);
        Assert.Equal(ReplicationAck.Ok, await waiting);

        _acks.OnSlaveGone(1);
        _acks.Expect(1, 10);
        _time.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(ReplicationAck.SlaveNotAvailable, await Wait(20));
    }

    [Fact]
    public async Task Cancelling_ends_only_that_writers_waiting()
    {
        _acks.OnAck(1, 0);
        using var cancel = new CancellationTokenSource();
        var cancelled = _acks.WaitAsync(10, cancel.Token).AsTask();
        var other = Wait(10).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        _acks.OnAck(1, 10);
        Assert.Equal(ReplicationAck.Ok, await other);
    }

    public void Dispose() => _acks.Dispose();

    private ValueTask<ReplicationAck> Wait(long endOffset) => _acks.WaitAsync(endOffset, TestContext.Current.CancellationToken);

    private SlaveAcks Create(int acksNeeded) => new(acksNeeded, 1000, TimeSpan.FromSeconds(3), _time);
}
