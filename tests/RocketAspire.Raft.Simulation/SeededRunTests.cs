namespace RocketAspire.Raft.Simulation;

/// <summary>A short run in CI; README has the command for a long one.</summary>
public sealed class SeededRunTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    public void Nothing_committed_is_lost_and_every_group_heals(int nodes)
    {
        for (var seed = 1; seed <= 20; seed++) Episode.Run(nodes, seed, steps: 10_000);
    }

    [Fact]
    public void The_same_seed_makes_the_same_history()
    {
        var first = Episode.Run(5, seed: 7, steps: 5_000, trace: true);
        var second = Episode.Run(5, seed: 7, steps: 5_000, trace: true);
        Assert.Equal(first.Timeline, second.Timeline);
    }
}
