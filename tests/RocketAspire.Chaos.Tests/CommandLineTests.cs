using RocketAspire.Chaos.Faults;

namespace RocketAspire.Chaos.Tests;

/// <summary>What the program takes and what it refuses.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public void Switches_are_read()
    {
        var options = ChaosOptions.Parse(["--topology", "2m-2s-async", "--seconds", "7", "--seed", "3", "--seeds", "2", "--rate", "50", "--faults", "wipe,kill-leader", "--keep"]);
        Assert.Equal(("2m-2s-async", 7, 3, 2, 50, true), (options.Topology, options.Seconds, options.Seed, options.Seeds, options.Rate, options.Keep));
        Assert.Equal([FaultKind.Wipe, FaultKind.KillLeader], options.Faults);
    }

    [Theory]
    [InlineData("--topology 3m", "--topology 3m: allowed are 2m-2s-sync")]
    [InlineData("--seconds 2", "--seconds 2: a whole number from 5 on")]
    [InlineData("--faults earthquake", "--faults earthquake: allowed are kill-leader")]
    [InlineData("--seed", "--seed needs a value")]
    [InlineData("--sed 1", "--sed is unknown")]
    public async Task A_wrong_switch_is_one_line_and_exit_code_2(string line, string said)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.Equal(2, await ChaosProgram.RunAsync(line.Split(' '), output, error));
        Assert.StartsWith("RocketAspire.Chaos: " + said, error.ToString(), StringComparison.Ordinal);
    }
}
