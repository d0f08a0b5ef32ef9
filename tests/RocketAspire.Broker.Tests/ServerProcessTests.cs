using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests;

/// <summary>The built executable: what a user sees when something is wrong, and a clean stop.</summary>
[Collection(nameof(ServerProcessTests))]
public sealed class ServerProcessTests
{
    [Theory]
    [InlineData("", "RocketAspire.Server: say namesrv, broker or proxy first (see -h)")]
    [InlineData("brocker", "RocketAspire.Server: unknown command 'brocker', it must be namesrv, broker or proxy (see -h)")]
    [InlineData("proxy", "proxy: -n: the connection string names no name server; write addresses as 127.0.0.1:9876;127.0.0.1:9877")]
    [InlineData("proxy -n 127.0.0.1:1 --listen x", "proxy: --listen: 'x' is not ip:port")]
    [InlineData("proxy -n 127.0.0.1:1 --advertise x", "proxy: --advertise: 'x' is not host:port")]
    [InlineData("proxy -n 127.0.0.1:1 -pm local", "proxy: proxyMode: 'local' can't be, only cluster: brokers run by themselves")]
    [InlineData("proxy -n 127.0.0.1:1 -pc /no/such/file", "proxy: there is no settings file /no/such/file")]
    [InlineData("proxy -n 127.0.0.1:1 --acl /no/such/file", "proxy: --acl: there is no file /no/such/file")]
    [InlineData("broker -x", "broker: unknown argument '-x' (see broker -h)")]
    [InlineData("broker -c", "broker: -c needs a value (see broker -h)")]
    [InlineData("broker -c /no/such/file", "broker: there is no settings file /no/such/file")]
    [InlineData("namesrv --health-port 0", "namesrv: --health-port: '0' is not a port from 1 to 65535")]
    [InlineData("namesrv --fault-control", "namesrv: unknown argument '--fault-control' (see namesrv -h)")]
    [InlineData("broker -n nowhere", "broker: namesrvAddr: 'nowhere' is not ip:port (write 127.0.0.1:9876;192.168.0.1:9876)")]
    public async Task A_wrong_command_line_is_one_line_and_exit_code_2(string arguments, string expected)
    {
        var (code, output, error) = await RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((2, "", expected + Environment.NewLine), (code, output, error));
    }

    [Theory]
    [InlineData("broker", "listenPort=abc", "line 1: listenPort: 'abc' is not a whole number from 1 to 65535")]
    [InlineData("broker", "brokerName=a\nbrokerRole=BOSS", "line 2: brokerRole: 'BOSS' is not ASYNC_MASTER or SYNC_MASTER or SLAVE")]
    [InlineData("broker", "flushDiskType=NEVER", "line 1: flushDiskType: 'NEVER' is not ASYNC_FLUSH or SYNC_FLUSH")]
    [InlineData("broker", "messageDelayLevel=soon", "messageDelayLevel: must be blank-separated times such as 1s 5m 2h")]
    [InlineData("namesrv", "listenPort=99999", "line 1: listenPort: '99999' is not a whole number from 1 to 65535")]
    [InlineData("namesrv", "bindAddress=here", "bindAddress = here: not an IP address")]
    public async Task A_wrong_setting_is_one_line_naming_file_and_line_and_exit_code_2(string command, string content, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["x.conf"], content + "\n");
        var (code, _, error) = await RunAsync(command, "-c", folder["x.conf"]);
        Assert.Equal((2, $"{command}: {folder["x.conf"]}: {expected}{Environment.NewLine}"), (code, error));
    }

    [Theory]
    [InlineData("{", "line 1: not JSON")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("""{"grpcServerPort": "many"}""", "grpcServerPort: must be a whole number from 1 to 65535")]
    [InlineData("""{"enableACL": 7}""", "enableACL: must be true or false")]
    [InlineData("""{"tlsTestModeEnable": false}""", "tlsKeyPath: is needed when tlsTestModeEnable is false")]
    [InlineData("""{"innerClientAuthenticationCredentials": "me"}""", "innerClientAuthenticationCredentials: must be an object with accessKey and secretKey")]
    [InlineData("""{"authenticationEnabled": true}""", "authenticationEnabled: users and rules that brokers keep (ACL 2.0) are not supported: name a plain_acl.yml with --acl, or set enableACL")]
    public async Task A_wrong_setting_of_a_proxy_is_one_line_and_exit_code_2(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["rmq-proxy.json"], content);
        var (code, _, error) = await RunAsync("proxy", "-n", "127.0.0.1:1", "-pc", folder["rmq-proxy.json"]);
        Assert.Equal((2, $"proxy: {folder["rmq-proxy.json"]}: {expected}{Environment.NewLine}"), (code, error));
    }

    [Fact]
    public async Task A_proxys_taken_port_is_one_line_and_exit_code_1()
    {
        using var holder = new TcpListener(IPAddress.Loopback, FreePort());
        holder.Start();
        var (code, output, error) = await RunAsync("proxy", "-n", "127.0.0.1:1", "--listen", holder.LocalEndpoint.ToString()!);
        Assert.Equal((1, "", $"proxy: Failed to bind to address http://{holder.LocalEndpoint}: address already in use.{Environment.NewLine}"), (code, output, error));
    }

    [Fact]
    public async Task A_folder_in_the_place_of_the_file_is_told()
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = await RunAsync("broker", "-c", folder.Path);
        Assert.Equal((2, $"broker: {folder.Path} is a folder, not a settings file{Environment.NewLine}"), (code, error));
    }

    [Fact]
    public async Task A_taken_port_is_one_line_and_exit_code_1()
    {
        using var folder = new TemporaryFolder();
        using var holder = new TcpListener(IPAddress.Loopback, FreePort());
        holder.Start();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port;
        WriteConf(folder, port);
        var (code, _, error) = await RunAsync("broker", "-c", folder["x.conf"]);
        Assert.Equal(1, code);
        Assert.StartsWith($"broker: can't listen on 127.0.0.1:{port}: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.False(File.Exists(folder["store/abort"]), "the store was left as after a crash");
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_store_folder_is_one_line_and_exit_code_1()
    {
        using var folder = new TemporaryFolder();
        WriteConf(folder, 0);
        File.WriteAllText(folder["store"], "");
        var (code, _, error) = await RunAsync("broker", "-c", folder["x.conf"]);
        Assert.Equal(1, code);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_and_print_end_with_0()
    {
        var (code, output, _) = await RunAsync("broker", "-h");
        Assert.Equal(0, code);
        Assert.StartsWith("usage:", output, StringComparison.Ordinal);
        (code, output, _) = await RunAsync("broker", "-p");
        Assert.Equal(0, code);
        Assert.Contains("listenPort=10911", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_broker_serves_refuses_a_second_on_its_store_and_stops_cleanly(string signal)
    {
        using var folder = new TemporaryFolder();
        WriteConf(folder, FreePort());
        using var process = Start("broker", "-c", folder["x.conf"]);
        await SaysAsync(process, "boot success");

        var (code, _, error) = await RunAsync("broker", "-c", folder["x.conf"]);
        Assert.Equal(1, code);
        Assert.Contains("in use by another broker", error, StringComparison.Ordinal);

        Process.Start("kill", $"-{signal} {process.Id}").WaitForExit();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TestBroker.Long, TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        Assert.Equal("", await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.False(File.Exists(folder["store/abort"]));
    }

    [Fact]
    public async Task Health_is_served_over_http_only_when_asked_for()
    {
        var port = FreePort();
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["x.conf"], $"listenPort={FreePort()}\n");
        using var process = Start("namesrv", "-c", folder["x.conf"], "--health-port", $"{port}");
        await SaysAsync(process, "boot success");
        using var http = new HttpClient();
        Assert.Equal("Healthy", await http.GetStringAsync($"http://127.0.0.1:{port}/health", TestContext.Current.CancellationToken));
        Process.Start("kill", $"-TERM {process.Id}").WaitForExit();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TestBroker.Long, TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task Metrics_are_served_for_Prometheus_by_the_settings_of_RocketMQ_5()
    {
        var port = FreePort();
        using var folder = new TemporaryFolder();
        WriteConf(folder, 0);
        File.AppendAllText(folder["x.conf"], $"metricsExporterType=PROM\nmetricsPromExporterHost=127.0.0.1\nmetricsPromExporterPort={port}\n");
        using var process = Start("broker", "-c", folder["x.conf"]);
        await SaysAsync(process, "boot success");
        using var http = new HttpClient();
        var text = await http.GetStringAsync($"http://127.0.0.1:{port}/metrics", TestContext.Current.CancellationToken);
        Assert.Contains("rocketmq_broker_permission", text, StringComparison.Ordinal);
        Assert.Contains("cluster=\"DefaultCluster\"", text, StringComparison.Ordinal);
        Process.Start("kill", $"-TERM {process.Id}").WaitForExit();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TestBroker.Long, TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [InlineData("metricsExporterType=LOUD", "metricsExporterType: 'LOUD'")]
    [InlineData("metricsExporterType=OTLP_GRPC\nmetricsGrpcExporterTarget=nowhere", "metricsGrpcExporterTarget: 'nowhere' is no address")]
    [InlineData("metricsExporterType=PROM\nmetricsPromExporterHost=nowhere", "metricsPromExporterHost: 'nowhere' is no IP address")]
    public async Task A_wrong_setting_of_metrics_is_one_line_and_exit_code_2(string lines, string says)
    {
        using var folder = new TemporaryFolder();
        WriteConf(folder, 0);
        File.AppendAllText(folder["x.conf"], lines + "\n");
        var (code, _, error) = await RunAsync("broker", "-c", folder["x.conf"]);
        Assert.Equal(2, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Fault_control_is_there_only_when_asked_for()
    {
        using var folder = new TemporaryFolder();
        foreach (var (argument, socket) in ((string?, string)[])[(null, folder["store/fault.sock"]), ("--fault-control", folder["store/fault.sock"]), ($"--fault-control={folder["f"]}", folder["f"])])
        {
            WriteConf(folder, FreePort());
            using var process = Start(["broker", "-c", folder["x.conf"], .. argument is null ? Array.Empty<string>() : [argument]]);
            await SaysAsync(process, "boot success");
            Assert.Equal(argument is not null, File.Exists(socket));
            Process.Start("kill", $"-TERM {process.Id}").WaitForExit();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TestBroker.Long, TestContext.Current.CancellationToken);
            Assert.False(File.Exists(socket));
        }
    }

    [Fact]
    public async Task A_store_too_deep_for_a_socket_is_one_line_and_exit_code_1()
    {
        using var folder = new TemporaryFolder();
        var store = folder[new string('x', 100)];
        File.WriteAllText(folder["x.conf"], $"brokerName=broker-a\nbrokerIP1=127.0.0.1\nlistenPort={FreePort()}\nstorePathRootDir={store}\n");
        var (code, _, error) = await RunAsync("broker", "-c", folder["x.conf"], "--fault-control");
        Assert.Equal(1, code);
        Assert.StartsWith($"broker: --fault-control: the socket's path {store}/fault.sock has ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private static void WriteConf(TemporaryFolder folder, int port) => File.WriteAllText(
        folder["x.conf"], $"brokerName=broker-a\nbrokerIP1=127.0.0.1\nlistenPort={(port == 0 ? FreePort() : port)}\nstorePathRootDir={folder["store"]}\n");

    private static int FreePort() => FreePorts.Next();

    private static Process Start(params string[] arguments)
    {
        // bin/<configuration>/net10.0 of this project and of the server's are alike.
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var repository = own.Parent!.Parent!.Parent!.Parent!.Parent!;
        var folder = Path.Combine(repository.FullName, "src", "RocketAspire.Server", "bin", own.Parent!.Name, own.Name);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, "RocketAspire.Server.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("NAMESRV_ADDR");
        start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        return Process.Start(start)!;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TestBroker.Long, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        return (process.ExitCode, await output, await error);
    }

    private static async Task SaysAsync(Process process, string text)
    {
        var limit = Task.Delay(TestBroker.Long);
        while (true)
        {
            var line = process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
            if (await Task.WhenAny(line, limit) == limit) throw new TimeoutException($"the server did not say '{text}'");
            if (await line is not { } said) throw new InvalidOperationException($"the server ended without saying '{text}'");
            if (said.Contains(text, StringComparison.Ordinal)) return;
        }
    }
}
