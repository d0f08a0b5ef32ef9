namespace RocketAspire.Chaos.Tests;

/// <summary>A real cluster, broken for half a minute.</summary>
public sealed class ShortRunTests
{
    [Theory]
    [InlineData("2m-2s-sync", 1)]
    [InlineData("dledger", 1)]
    public async Task A_short_run_finds_nothing(string topology, int seed)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals, /proc and loopback addresses are used as Linux has them; this is another system");
        var output = new StringWriter();
        var code = await ChaosProgram.RunAsync(["--topology", topology, "--seconds", "30", "--seed", $"{seed}"], output, output);
        TestContext.Current.TestOutputHelper?.WriteLine(output.ToString());
        Assert.True(code == 0, output.ToString());
        Assert.Contains("verdict: OK", output.ToString(), StringComparison.Ordinal);
    }
}
