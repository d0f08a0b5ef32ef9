using RocketAspire.Broker.Raft;
using RocketAspire.Store;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft;

public sealed class CommitWaitersTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task A_commit_completes_all_below_it_and_no_other()
    {
        using var waiters = New();
        waiters.Open(3);
        var first = waiters.WaitAsync(At(100, 3), CancellationToken.None);
        var second = waiters.WaitAsync(At(200, 3), CancellationToken.None);
        waiters.Committed(150);
        Assert.Equal(ReplicationAck.Ok, await first);
        Assert.False(second.IsCompleted);
        Assert.Equal(ReplicationAck.Ok, await waiters.WaitAsync(At(150, 3), CancellationToken.None));
        waiters.Committed(200);
        Assert.Equal(ReplicationAck.Ok, await second);
    }

    [Fact]
    public async Task Losing_the_lead_fails_all_at_once_and_so_does_another_term()
    {
        using var waiters = New();
        Assert.Equal(ReplicationAck.LeadershipLost, await waiters.WaitAsync(At(100, 3), CancellationToken.None));
        waiters.Open(3);
        var waiting = waiters.WaitAsync(At(100, 3), CancellationToken.None);
        Assert.Equal(1, waiters.Close());
        Assert.Equal(ReplicationAck.LeadershipLost, await waiting);

        // The bytes at this place may be another leader's by now.
        waiters.Open(5);
        waiters.Committed(1000);
        Assert.Equal(ReplicationAck.LeadershipLost, await waiters.WaitAsync(At(100, 3), CancellationToken.None));
        Assert.Equal(ReplicationAck.Ok, await waiters.WaitAsync(At(100, 5), CancellationToken.None));
    }

    [Fact]
    public async Task Without_a_majority_in_time_it_ends_as_uncertain()
    {
        using var waiters = New();
        waiters.Open(1);
        var waiting = waiters.WaitAsync(At(100, 1), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(ReplicationAck.NoMajority, await waiting);
    }

    private static AppendResult At(long end, int term) => new(AppendStatus.Ok, end - 10, end, 0, 0, term);

    private CommitWaiters New() => new(TimeSpan.FromSeconds(3), _time);
}
