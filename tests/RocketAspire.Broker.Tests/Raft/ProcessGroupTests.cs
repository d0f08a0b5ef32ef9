using System.Diagnostics;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Broker.Tests.Raft;

/// <summary>The built server as a DLedger group, killed and stopped by the system's signals.</summary>
[Collection(nameof(ServerProcessTests))]
public sealed class ProcessGroupTests
{
    // Five times what is aimed at: a shared machine has other things to do.
    private static readonly TimeSpan FailoverLimit = TimeSpan.FromSeconds(7.5);

    [Theory]
    [InlineData("SYNC_FLUSH")]
    [InlineData("ASYNC_FLUSH")]
    public async Task Killed_leaders_are_replaced_and_killed_groups_return_with_everything_acknowledged(string flush)
    {
        await using var group = await ProcessGroup.StartAsync(flush);
        var sent = new List<string> { await group.SentAsync("first") };
        for (var round = 0; round < 3; round++)
        {
            var leader = await group.LeaderAsync();
            await group.KillAsync(leader);
            var watch = Stopwatch.StartNew();
            sent.Add(await group.SentAsync($"after kill {round}"));
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, FailoverLimit);
            for (var i = 0; i < 10; i++) sent.Add(await group.SentAsync($"{round}-{i}"));
            group.Start(leader);
        }

        await group.AgreedAsync(sent);
        await Task.WhenAll(group.KillAsync(0), group.KillAsync(1), group.KillAsync(2));
        group.StartAll();
        sent.Add(await group.SentAsync("last"));
        await group.AgreedAsync(sent);
    }

    [Fact]
    public async Task A_leader_that_was_stopped_for_a_while_acknowledges_nothing_when_it_goes_on()
    {
        await using var group = await ProcessGroup.StartAsync();
        var sent = new List<string> { await group.SentAsync("first") };
        var old = await group.LeaderAsync();
        group.Signal(old, "STOP");
        // Its listener still stands, so the others can't have the group's address: the new leader goes by its own.
        var stale = group.SendToAsync(old, "stale");
        var leader = await group.LeaderAsync(except: old);
        sent.Add(await group.SentAsync("meanwhile"));
        group.Signal(old, "CONT");
        Assert.NotEqual(ResponseCode.Success, await stale);
        sent.Add(await group.SentAsync("after"));
        await group.AgreedAsync(sent);
        Assert.DoesNotContain("stale", await group.PulledAsync(leader));
    }
}
