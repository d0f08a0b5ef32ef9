using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using RocketAspire.Hosting.Publishing.Containers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Publishing.Tests.Containers;

/// <summary>What runs within the containers, run here with our own nodes.</summary>
public sealed class ContainerScriptsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ContainerScriptsTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "containers run Linux");
        foreach (var (name, text) in ContainerFiles.Scripts) File.WriteAllText(_folder[name], text);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Scripts_are_clean()
    {
        Programs.Need("shellcheck", "scripts aren't checked");
        Assert.Equal((0, ""), await Programs.RunAsync(_folder.Path, null, "shellcheck", "run-node.sh", "health.sh"));
    }

    [Fact]
    public void A_check_asks_for_settings_and_changes_none()
    {
        var script = File.ReadAllText(_folder["health.sh"]);
        Assert.Equal([$"{RequestCode.GetBrokerConfig}", $"{RequestCode.GetNamesrvConfig}"], Regex.Matches(script, "code=(\\d+)").Select(m => m.Groups[1].Value));
    }

    [Fact]
    public async Task A_node_is_healthy_while_it_speaks_and_ends_clean_when_its_container_is_stopped()
    {
        OwnNodes.MakeDistribution(_folder["rocketmq"]);
        var (servers, brokers) = (FreePorts.Next(), FreePorts.Next());
        File.WriteAllText(_folder["namesrv.conf"], $"listenPort={servers}\nbindAddress=127.0.0.1\nkvConfigPath={_folder["kv.json"]}\n");
        File.WriteAllText(_folder["broker.conf"], $"brokerName=broker-a\nbrokerIP2=127.0.0.2\nnamesrvAddr=127.0.0.1:{servers}\nlistenPort={brokers}\nbindAddress=127.0.0.1\nstorePathRootDir={_folder["store"]}\n");
        using var server = Start("mqnamesrv", "namesrv.conf");
        using var broker = Start("mqbroker", "broker.conf");
        try
        {
            await Eventually.TrueAsync("the name server is healthy", async () => await HealthAsync("remoting", servers, "namesrv") == 0);
            await Eventually.TrueAsync("the broker is healthy", async () => await HealthAsync("remoting", brokers, "broker") == 0);
            Assert.Equal(["127.0.0.2", "127.0.0.1"], new[] { "brokerIP2", "brokerIP1" }.Select(Published.Conf(_folder["broker.properties"]).Get));
            Assert.True(File.Exists(_folder["store/abort"]));
        }
        finally
        {
            await StopAsync(broker);
            await StopAsync(server);
        }
        Assert.Equal((143, 143), (broker.ExitCode, server.ExitCode));
        // What a broker that was killed leaves.
        Assert.False(File.Exists(_folder["store/abort"]), "the broker had no time to end");
        Assert.False(OwnNodes.IsTaken(brokers), "the container ended before its broker");
        Assert.NotEqual(0, await HealthAsync("remoting", brokers, "broker"));
    }

    [Theory]
    [InlineData("remoting", "HTTP/1.1 400 Bad Request\r\n\r\n", false)]
    [InlineData("remoting", "\0\0\0}\0\0\0y{\"code\":1,\"extFields\":{\"a\":\"b\"},\"flag\":1,\"opaque\":4711,\"remark\":\"no account\"}", true)]
    [InlineData("remoting", "", false)]
    [InlineData("http", "HTTP/1.1 200 OK\r\n\r\n", true)]
    [InlineData("http", "HTTP/1.1 302 Found\r\n\r\n", true)]
    [InlineData("http", "HTTP/1.1 503 Service Unavailable\r\n\r\n", false)]
    [InlineData("http2", "\0\0\u0006\u0004\0\0\0\0\0\0\u0004\0\0\0\0", true)]
    [InlineData("http2", "HTTP/1.1 400 Bad Request\r\n\r\n", false)]
    public async Task Only_who_speaks_the_protocol_is_healthy(string protocol, string answer, bool isHealthy)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = AnswerAsync(listener, answer);
        Assert.Equal(isHealthy, await HealthAsync(protocol, ((IPEndPoint)listener.LocalEndpoint).Port) == 0);
        await serving;
    }

    private static async Task AnswerAsync(TcpListener listener, string answer)
    {
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var asked = new byte[1024];
        Assert.NotEqual(0, await client.GetStream().ReadAsync(asked, TestContext.Current.CancellationToken));
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(answer), TestContext.Current.CancellationToken);
    }

    private async Task<int> HealthAsync(string protocol, int port, params string[] kind) =>
        (await Programs.RunAsync(_folder.Path, null, "bash", ["health.sh", protocol, port.ToString(CultureInfo.InvariantCulture), .. kind])).Code;

    private Process Start(string launcher, string conf)
    {
        var start = new ProcessStartInfo("sh", ["run-node.sh", launcher, "-c", _folder[conf]]) { WorkingDirectory = _folder.Path };
        (start.Environment["HOME"], start.Environment["ROCKETMQ_HOME"], start.Environment["POD_IP"]) = (_folder.Path, _folder["rocketmq"], "127.0.0.1");
        return Process.Start(start)!;
    }

    private static async Task StopAsync(Process process)
    {
        if (!process.HasExited) await Programs.RunAsync("/", null, "sh", "-c", string.Create(CultureInfo.InvariantCulture, $"kill -s TERM {process.Id}"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await process.WaitForExitAsync(limit.Token);
    }
}
