using System.Text.RegularExpressions;
using RocketAspire.AppHost.Tests;
using RocketAspire.Hosting.Engines.Containers;
using RocketAspire.TestSupport;

namespace RocketAspire.Containers.Tests;

/// <summary>What an AppHost leaves of its containers, however it ends: nothing.</summary>
public sealed partial class ContainerLifetimeTests
{
    [Theory]
    [InlineData("bridge", "true")]
    [InlineData("bridge", "false")]
    [InlineData("host", "false")]
    public async Task After_Ctrl_C_nothing_is_left(string network, string volumes)
    {
        OurImage.Need();
        await using var host = Start("--network", network, "--volumes", volumes);
        await host.ReadyAsync();
        var prefix = await PrefixAsync(host);
        Assert.NotEmpty(await OurImage.LeftAsync(prefix));
        Assert.Equal(0, await host.InterruptAsync());
        Assert.Empty(await OurImage.LeftAsync(prefix));
        Assert.False(Directory.Exists(host.Store));
        Assert.Contains($"container network: {network}", host.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task After_the_AppHost_was_killed_nothing_is_left(string volumes)
    {
        OurImage.Need();
        await using var host = Start("--volumes", volumes);
        await host.ReadyAsync();
        var prefix = await PrefixAsync(host);
        Assert.NotEmpty(await OurImage.LeftAsync(prefix));
        Signals.Send(host.Id, Signals.Kill);
        await host.ExitAsync();
        await Eventually.TrueAsync("containers, network and volumes to be removed", async () => (await OurImage.LeftAsync(prefix)).Count == 0, TimeSpan.FromSeconds(40));
        await Eventually.TrueAsync("the store's folder to be removed", () => !Directory.Exists(host.Store));
    }

    [Fact]
    public async Task A_paused_container_is_removed_too()
    {
        OurImage.Need();
        await using var host = Start();
        await host.ReadyAsync();
        var prefix = await PrefixAsync(host);
        var paused = await OurImage.RunAsync("pause", prefix + "-broker-a");
        Assert.True(paused.IsGood, paused.Reason);
        Assert.Equal(0, await host.InterruptAsync());
        Assert.Empty(await OurImage.LeftAsync(prefix));
    }

    [Fact]
    public async Task A_stop_reaches_a_JVM_below_scripts_and_waits_for_it()
    {
        OurImage.Need();
        const string Name = "rocketaspire-test-stop";
        // As Apache's scripts: a script that runs one more, which runs java. Here that is a shell of that name.
        const string Scripts = """
            cp /bin/busybox /tmp/java; ln -s java /tmp/sh
            echo 'trap "sleep 1; echo orderly; exit 7" TERM; echo up; while :; do sleep 0.1; done' >/tmp/main
            echo '/tmp/sh /tmp/main' >/tmp/run; echo 'sh /tmp/run' >/tmp/mqbroker
            """;
        await OurImage.RunAsync("rm", "--force", Name);
        try
        {
            var start = await OurImage.RunAsync("run", "--detach", "--name", Name, "--network", "none", "--no-healthcheck", OurImage.Name,
                "sh", "-c", Scripts + "\n" + ContainerNodes.StopScript, "sh", "/tmp/mqbroker");
            Assert.True(start.IsGood, start.Reason);
            await Eventually.TrueAsync("the program to be up", async () => (await OurImage.RunAsync("logs", Name)).Output.Contains("up", StringComparison.Ordinal));
            var stop = await OurImage.RunAsync("stop", "--time", "20", Name);
            Assert.True(stop.IsGood, stop.Reason);
            Assert.Contains("orderly", (await OurImage.RunAsync("logs", Name)).Output, StringComparison.Ordinal);
        }
        finally
        {
            await OurImage.RunAsync("rm", "--force", Name);
        }
    }

    [Fact]
    public async Task The_image_is_healthy_once_it_answers_RocketMQs_protocol()
    {
        OurImage.Need();
        const string Name = "rocketaspire-test-health";
        await OurImage.RunAsync("rm", "--force", Name);
        try
        {
            var start = await OurImage.RunAsync("run", "--detach", "--name", Name, "--network", "none", "--no-healthcheck", OurImage.Name, "sh", "mqbroker");
            Assert.True(start.IsGood, start.Reason);
            await Eventually.TrueAsync("the broker to be healthy", async () => (await OurImage.RunAsync("exec", Name, "sh", "./healthcheck")).IsGood);
            Assert.Equal("3000:3000", (await OurImage.RunAsync("exec", Name, "sh", "-c", "echo $(id -u):$(id -g)")).Output.Trim());
        }
        finally
        {
            await OurImage.RunAsync("rm", "--force", Name);
        }
    }

    [Fact]
    public async Task The_image_is_started_as_Apaches_is_and_finds_itself_an_address()
    {
        OurImage.Need();
        const string NameServer = "rocketaspire-test-namesrv";
        const string Broker = "rocketaspire-test-broker";
        await OurImage.RunAsync("rm", "--force", Broker, NameServer);
        try
        {
            Assert.True((await OurImage.RunAsync("run", "--detach", "--name", NameServer, "--no-healthcheck", OurImage.Name, "sh", "mqnamesrv")).IsGood);
            var address = (await OurImage.RunAsync("inspect", "--format", "{{.NetworkSettings.IPAddress}}", NameServer)).Output.Trim() + ":9876";
            Assert.True((await OurImage.RunAsync("run", "--detach", "--name", Broker, "--no-healthcheck", OurImage.Name, "sh", "mqbroker", "-n", address)).IsGood);
            await Eventually.TrueAsync("both to be healthy", async () =>
                (await OurImage.RunAsync("exec", NameServer, "sh", "./healthcheck")).IsGood && (await OurImage.RunAsync("exec", Broker, "sh", "./healthcheck")).IsGood);
            await Eventually.TrueAsync("the broker to be registered", async () => (await OurImage.RunAsync("logs", Broker)).Output.Contains("Registered at name server", StringComparison.Ordinal));
            var seen = (await OurImage.RunAsync("logs", NameServer)).Output;
            // Neither has a settings file: both listen to all, and the broker advertises its container's own address on the bridge.
            Assert.Contains("0.0.0.0:9876", seen, StringComparison.Ordinal);
            Assert.Matches(@"node 0 is (?!127\.)[0-9.]+:10911 now", seen);
        }
        finally
        {
            await OurImage.RunAsync("rm", "--force", Broker, NameServer);
        }
    }

    private static AppHostProcess Start(params string[] more) =>
        AppHostProcess.Start(["--engine", "container", "--image", OurImage.Name, "--topology", "single", "--port-offset", "auto", .. more]);

    // By its mounts: on the host's network the output names no bridge.
    private static async Task<string> PrefixAsync(AppHostProcess host)
    {
        if (Bridge().Match(host.Output) is { Success: true } bridge) return bridge.Groups[1].Value;
        var names = (await OurImage.RunAsync("ps", "--filter", $"ancestor={OurImage.Name}", "--format", "{{.Names}} {{.Mounts}}")).Output;
        foreach (var name in names.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0]))
            if ((await OurImage.RunAsync("inspect", "--format", "{{json .Mounts}}", name)).Output.Contains(host.Store, StringComparison.Ordinal)) return Prefix().Match(name).Value;
        throw new InvalidOperationException($"no container of {host.Store}: {names}");
    }

    [GeneratedRegex("bridge (rocketaspire-[0-9]+);")]
    private static partial Regex Bridge();

    [GeneratedRegex("^rocketaspire-[0-9]+")]
    private static partial Regex Prefix();
}
