using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using RocketAspire.Hosting.Engines;
using RocketAspire.Hosting.Lint;
using RocketAspire.TestSupport;

namespace RocketAspire.Publishing.Tests.Compose;

public sealed partial class ComposeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("2m-2s-sync")]
    [InlineData("dledger")]
    [InlineData("single")]
    public void What_a_service_names_is_there(string topology)
    {
        var file = Publish("--topology", topology);
        Assert.All(file.Services.Values, s => Assert.Matches("^(apache/rocketmq:5\\.3\\.\\d+|apacherocketmq/rocketmq-dashboard:2\\.1\\.\\d+)$", s.Image));
        Assert.Empty(file.Services.Values.SelectMany(s => s.DependsOn.Keys).Except(file.Services.Keys));
        var mounts = file.Services.Values.SelectMany(s => s.Volumes).Select(v => v.Split(':')).ToList();
        foreach (var mount in mounts.Where(m => m[0].StartsWith('.')))
        {
            Assert.True(File.Exists(_folder["out/" + mount[0]]), mount[0]);
            Assert.Equal(("ro,z", Path.GetFileName(mount[0])), (mount[2], Path.GetFileName(mount[1])));
        }
        Assert.Equal(file.Volumes.Keys, mounts.Where(m => !m[0].StartsWith('.')).Select(m => m[0]).Distinct());
        Assert.Empty(Published.Files(_folder["out/conf"]).Select(f => "./conf/" + f.Path).Except(mounts.Select(m => m[0])));
        var ports = file.Services.Values.SelectMany(s => s.Ports).ToList();
        Assert.Equal(ports.Distinct(), ports);
        Assert.All(file.Services.Where(s => s.Key != "prepare"), s =>
        {
            Assert.Equal("CMD", s.Value.Healthcheck!.Test[0]);
            Assert.Equal("unless-stopped", s.Value.Restart);
            Assert.Matches("^\\d+[mg]$", s.Value.MemLimit);
            Assert.InRange(s.Value.Cpus, 1, 2);
        });
    }

    [Fact]
    public void A_brokers_port_is_the_same_inside_and_outside_and_its_checks_port()
    {
        var file = Publish("--port-offset", "100");
        foreach (var name in new[] { "broker-a", "broker-a-s", "broker-b", "broker-b-s" })
        {
            var service = file.Services[name];
            var port = Published.Conf(_folder[$"out/conf/{name}/{name}.properties"]).Get("listenPort")!;
            var vip = (int.Parse(port, CultureInfo.InvariantCulture) - 2).ToString(CultureInfo.InvariantCulture);
            Assert.Equal([$"{port}:{port}", $"{vip}:{vip}"], service.Ports);
            Assert.Equal(["CMD", "bash", "/etc/rocketmq/health.sh", "remoting", port, "broker"], service.Healthcheck!.Test);
            Assert.Contains($"{name}:/home/rocketmq/store", service.Volumes);
            Assert.Equal("-Xms256m -Xmx512m", service.Environment["JAVA_OPT_EXT"][..17]);
        }
        Assert.Equal("namesrv-1:9976;namesrv-2:9977", Published.Conf(_folder["out/conf/broker-a/broker-a.properties"]).Get("namesrvAddr"));
        Assert.Equal(["8181:8181"], file.Services["proxy"].Ports);
        using var proxy = JsonDocument.Parse(File.ReadAllText(_folder["out/conf/rmq-proxy.json"]));
        Assert.Equal(8181, proxy.RootElement.GetProperty("grpcServerPort").GetInt32());
        Assert.Equal("rocketmq-cluster", proxy.RootElement.GetProperty("rocketMQClusterName").GetString());
        Assert.Equal(["8182:8082"], file.Services["dashboard"].Ports);
        Assert.Equal("namesrv-1:9976;namesrv-2:9977", file.Services["dashboard"].Environment["ROCKETMQ_CONFIG_NAMESRVADDRS_0"]);
    }

    [Fact]
    public void The_advertised_address_is_written_when_it_is_given_and_found_at_start_when_not()
    {
        Publish();
        Assert.Null(Published.Conf(_folder["out/conf/broker-a/broker-a.properties"]).Get("brokerIP1"));
        Assert.Contains("--host", File.ReadAllText(_folder["out/docker-compose.yml"]), StringComparison.Ordinal);
        Directory.Delete(_folder["out"], recursive: true);
        Publish("--host", "10.1.2.3");
        Assert.Equal("10.1.2.3", Published.Conf(_folder["out/conf/broker-b-s/broker-b-s.properties"]).Get("brokerIP1"));
        Assert.Null(Published.Conf(_folder["out/conf/broker-b-s/broker-b-s.properties"]).Get("brokerIP2"));
        Assert.Contains("10.1.2.3:9876;10.1.2.3:9877", File.ReadAllText(_folder["out/docker-compose.yml"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2m-2s-sync")]
    [InlineData("dledger")]
    public void Settings_are_clean(string topology)
    {
        Publish("--topology", topology);
        Assert.Equal(0, LintCommand.Run(["--lint", _folder["out/conf"]], p => p, new StringWriter(), new StringWriter()));
    }

    [Fact]
    public void Publishing_twice_gives_the_same_bytes()
    {
        Published.To(_folder["one"], ["--publish", "compose"]);
        Published.To(_folder["two"], ["--publish", "compose"]);
        Assert.Equal(Published.Files(_folder["one"]), Published.Files(_folder["two"]));
    }

    [Fact]
    public void Words_that_older_readers_take_for_something_else_are_quoted()
    {
        Publish();
        var text = File.ReadAllText(_folder["out/docker-compose.yml"]);
        Assert.Contains("restart: \"no\"", text, StringComparison.Ordinal);
        Assert.Empty(BareDigits().Matches(text).Select(m => m.Value));
        Assert.Contains($"image: {RocketMQImages.Image}:{RocketMQImages.ImageTag}", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compose_itself_takes_the_file()
    {
        Publish();
        var program = await ComposeAsync();
        Assert.SkipWhen(program is null, "neither docker compose nor a podman-compose with 'config' is installed: the file is only read by its rules");
        var (code, output) = await Programs.RunAsync(_folder["out"], null, program[0], [.. program.Skip(1), "-f", "docker-compose.yml", "config"]);
        Assert.True(code == 0, output);
        Assert.Contains("broker-b-s", output, StringComparison.Ordinal);
    }

    private static async Task<string[]?> ComposeAsync()
    {
        // Without its plugin, docker answers --help with its own.
        if (Programs.Has("docker") && (await Programs.RunAsync("/", null, "docker", "compose", "version")).Code == 0) return ["docker", "compose"];
        // Up to 1.0 it has no such command.
        return Programs.Has("podman-compose") && ConfigCommand().IsMatch((await Programs.RunAsync("/", null, "podman-compose", "--help")).Output) ? ["podman-compose"] : null;
    }

    private ComposeFile Publish(params string[] args)
    {
        Published.To(_folder["out"], ["--publish", "compose", .. args]);
        return ComposeFile.Read(File.ReadAllText(_folder["out/docker-compose.yml"]));
    }

    [GeneratedRegex("^ *- [0-9:]+$", RegexOptions.Multiline)]
    private static partial Regex BareDigits();

    [GeneratedRegex("\\bconfig\\b")]
    private static partial Regex ConfigCommand();
}
