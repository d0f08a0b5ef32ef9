using RocketAspire.TestSupport;

namespace RocketAspire.AppHost.Tests;

/// <summary>The doctor as its user calls it.</summary>
public sealed class DoctorTests
{
    [Fact]
    public async Task A_sound_cluster_is_started_examined_and_stopped()
    {
        var (code, output, errors) = await AppHostProcess.RunAsync("--doctor", "--topology", "2m-2s-sync", "--port-offset", "auto");
        Assert.Equal("", errors);
        Assert.Contains("ok    replication  nothing of a leader's log is missing in 2 copies", output, StringComparison.Ordinal);
        Assert.Contains("doctor: 10 ok, 0 to watch, 0 failed", output, StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task A_cluster_that_is_not_ready_in_time_is_examined_and_what_fails_is_named()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("RocketMQ's shell scripts don't run on Windows");
        using var distribution = new FakeDistribution(brokersStart: false);
        string[] args = [.. distribution.Arguments, "--topology", "single", "--port-offset", "auto", "--ready-seconds", "2"];
        var (code, output, errors) = await AppHostProcess.RunAsync(["--doctor", .. args]);
        Assert.Equal((1, ""), (code, errors));
        Assert.Contains("FAIL  ready        rocketmq is not ready after 2 s: ", output, StringComparison.Ordinal);
        Assert.Contains("FAIL  address      broker-a doesn't answer at 127.0.0.1:", output, StringComparison.Ordinal);
        Assert.Contains("FAIL  store        broker-a can't write its store ", output, StringComparison.Ordinal);

        // Without being asked it tells what isn't well, and the application goes on.
        await using var host = AppHostProcess.Start(args);
        await host.SaidAsync(" failed" + Environment.NewLine);
        Assert.Contains("FAIL  address      broker-a doesn't answer at 127.0.0.1:", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("ok    ", host.Output, StringComparison.Ordinal);
        Assert.Equal(0, await host.InterruptAsync());
    }

    [Fact]
    public async Task A_cluster_that_runs_already_is_examined_by_its_name_servers_alone()
    {
        await using var host = AppHostProcess.Start("--port-offset", "auto");
        await host.ReadyAsync();
        var (code, output, errors) = await AppHostProcess.RunAsync("--doctor", "--namesrv", host.NameServers);
        Assert.True(code == 0, output + errors);
        Assert.Contains("4 brokers known to 2 name servers, each with its number and address", output, StringComparison.Ordinal);

        Signals.Send(Assert.Single(Signals.ProcessesWith(Path.Combine(host.Store, "broker-b", "broker.conf"))), Signals.Kill);
        await host.SaidAsync("broker-b failed: Exited (code 137)");
        // The name servers see it by the end of its connection.
        await Eventually.TrueAsync("the doctor to miss the master", async () =>
        {
            (code, output, _) = await AppHostProcess.RunAsync("--namesrv", host.NameServers, "--doctor");
            return output.Contains("broker-b has no master: nobody takes messages for it", StringComparison.Ordinal);
        });
        Assert.Equal(1, code);
        Assert.Equal(0, await host.InterruptAsync());
    }

    [Theory]
    [InlineData("--namesrv 127.0.0.1:9876", "--namesrv: write --doctor --namesrv ip:port;ip:port, and nothing else")]
    [InlineData("--doctor --namesrv a", "--namesrv: name server 'a': the port is missing; write addresses as 127.0.0.1:9876;127.0.0.1:9877")]
    [InlineData("--doctor yes", "--doctor: 'yes' is not allowed; allowed: true, false")]
    [InlineData("--ready-seconds 0", "--ready-seconds: '0' is not allowed; allowed: a whole number from 1 to 3600")]
    public async Task What_it_cannot_use_is_told_in_one_line(string args, string line)
    {
        var (code, output, errors) = await AppHostProcess.RunAsync(args.Split(' '));
        Assert.Equal((2, "", line + Environment.NewLine), (code, output, errors));
    }
}
