using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RocketAspire.TestSupport;

namespace RocketAspire.AppHost.Tests;

/// <summary>What the user of the built AppHost sees, and with which exit code it ends.</summary>
public sealed class ConsoleTests
{
    [Theory]
    [InlineData("--topology x", "--topology: 'x' is not allowed; allowed: 2m-2s-sync, 2m-2s-async, 2m-noslave, dledger, single")]
    [InlineData("--engine train", "--engine: 'train' is not allowed; allowed: embedded, container, distribution")]
    [InlineData("--engine distribution ROCKETMQ_HOME=", "--engine distribution: ROCKETMQ_HOME is not set; set it to the folder of an unpacked Apache RocketMQ (it holds bin/mqnamesrv)")]
    [InlineData("--engine distribution ROCKETMQ_HOME=/proc/none", "ROCKETMQ_HOME /proc/none: there is no such folder")]
    [InlineData("--engine distribution ROCKETMQ_HOME=/proc", "ROCKETMQ_HOME /proc: it has no bin/mqnamesrv; name the folder of an unpacked Apache RocketMQ")]
    [InlineData("--engine docker", "--engine: 'docker' is not allowed; allowed: embedded, container, distribution")]
    [InlineData("--publish hosts", "--publish hosts: --output-path DIR is missing")]
    [InlineData("--tpology single", "--tpology: there is no such setting; did you mean --topology?")]
    [InlineData("--port-offset x", "--port-offset: 'x' is not allowed; allowed: auto or a whole number from 0 to 46000")]
    [InlineData("--port-offset 46001", "--port-offset: '46001' is not allowed; allowed: auto or a whole number from 0 to 46000")]
    [InlineData("--host example.com", "--host: 'example.com' is not allowed; allowed: an IP address")]
    [InlineData("--name-servers 0", "--name-servers: '0' is not allowed; allowed: a whole number from 1 to 9")]
    [InlineData("--sample maybe", "--sample: 'maybe' is not allowed; allowed: true, false")]
    [InlineData("--publish compose --output-path /tmp/x --sample", "--sample: has no meaning with --publish: the cluster alone is written down")]
    [InlineData("--data-path", "--data-path: a value is missing")]
    [InlineData("single", "'single' is no switch; write --name value")]
    [InlineData("--RocketMQ:Topology=y", "RocketMQ:Topology: 'y' is not allowed; allowed: 2m-2s-sync, 2m-2s-async, 2m-noslave, dledger, single")]
    [InlineData("--RocketMQ:Topolgy=single", "RocketMQ:Topolgy: there is no such setting; did you mean Topology?")]
    [InlineData("--lint", "--lint: write --lint FILE… or --lint DIR, and nothing else")]
    public async Task A_wrong_setting_is_told_in_one_line(string args, string line)
    {
        var (code, output, errors) = await AppHostProcess.RunAsync(args.Split(' '));
        Assert.Equal((2, "", line + Environment.NewLine), (code, output, errors));
    }

    [Fact]
    public async Task Publishing_says_what_it_wrote_and_ends_with_0()
    {
        var folder = Directory.CreateTempSubdirectory("rocketaspire-test-").FullName;
        try
        {
            string[] args = ["--publish", "hosts", "--hosts", "10.0.0.1,10.0.0.2", "--output-path", folder];
            var (code, output, errors) = await AppHostProcess.RunAsync(args);
            Assert.Equal((0, ""), (code, errors));
            Assert.StartsWith($"rocketmq is written to {folder}:{Environment.NewLine}", output, StringComparison.Ordinal);
            Assert.Equal((2, "", $"--output-path {folder}: isn't empty; nothing is overwritten{Environment.NewLine}"), await AppHostProcess.RunAsync(args));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_data_path_that_is_a_file_is_told_in_one_line()
    {
        var file = Path.GetTempFileName();
        try
        {
            var (code, output, errors) = await AppHostProcess.RunAsync("--data-path", file);
            Assert.Equal((2, ""), (code, output));
            Assert.StartsWith($"--data-path {file}: can't be used: ", errors, StringComparison.Ordinal);
            Assert.Single(errors.TrimEnd().Split(Environment.NewLine));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_port_that_somebody_holds_is_named_with_its_holder_before_anything_starts()
    {
        // The master's HA port is the one that is held.
        var (holder, port, offset) = HoldPort(10912, 9876, 10909, 10911);
        using var held = holder;
        var (code, output, errors) = await AppHostProcess.RunAsync("--topology", "single", "--port-offset", offset);
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith($"port {port} (listenPort of broker-a) is held by process {Environment.ProcessId} (", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split(Environment.NewLine));
    }

    [Fact]
    public async Task A_port_of_the_console_that_somebody_holds_is_named_and_the_cluster_runs_without_it()
    {
        var (holder, port, offset) = HoldPort(8082, 9876, 10909, 10911, 10912);
        using var held = holder;
        await using var host = AppHostProcess.Start("--topology", "single", "--port-offset", offset);
        await host.ReadyAsync();
        Assert.Contains($"console: port {port} is held by process {Environment.ProcessId} (", host.Output, StringComparison.Ordinal);
        Assert.Contains("so the cluster runs without its web console", host.Output, StringComparison.Ordinal);
        Assert.Equal(0, await host.InterruptAsync());
    }

    [Fact]
    public async Task Each_change_is_a_line_then_it_is_ready_and_an_interrupt_leaves_nothing_behind()
    {
        await using var host = AppHostProcess.Start("--port-offset", "auto");
        await host.ReadyAsync();
        var lines = host.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        foreach (var node in (string[])["namesrv-1", "namesrv-2", "broker-a ", "broker-a-s", "broker-b ", "broker-b-s"])
            Assert.Equal(["Starting", "Running", "Ready"], lines.Where(l => l.StartsWith(node, StringComparison.Ordinal)).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1]));
        Assert.Matches(@"^rocketmq is ready in \d+\.\d\d s; name servers: 127\.0\.0\.1:\d+;127\.0\.0\.1:\d+; store: /.+ \(removed at the end\)$", lines[^1]);
        Assert.True(Directory.Exists(host.Store));

        Assert.Equal(0, await host.InterruptAsync());
        Assert.Equal(lines.Length + 1, host.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.EndsWith("Stopping." + Environment.NewLine, host.Output, StringComparison.Ordinal);
        Assert.Equal("", host.Errors);
        Assert.False(Directory.Exists(host.Store));
        Assert.Empty(Signals.ProcessesWith(host.Store));
    }

    [Fact]
    public async Task A_killed_node_is_shown_with_its_last_lines_and_the_rest_goes_on()
    {
        await using var host = AppHostProcess.Start("--port-offset", "auto");
        await host.ReadyAsync();
        Signals.Send(Assert.Single(Signals.ProcessesWith(Path.Combine(host.Store, "broker-b-s", "broker.conf"))), Signals.Kill);
        await host.SaidAsync("broker-b-s failed: Exited (code 137)");
        await host.SaidAsync("  broker-b-s | ");
        Assert.Contains("broker-b-s     SLAVE", host.Output, StringComparison.Ordinal);
        Assert.Single(Signals.ProcessesWith(Path.Combine(host.Store, "broker-b", "broker.conf")));
        Assert.Equal(0, await host.InterruptAsync());
    }

    [Fact]
    public async Task A_node_that_cannot_start_ends_it_with_the_nodes_name_and_the_cause()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "broker-a"));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "broker-a", "store"), "not a folder", TestContext.Current.CancellationToken);
        var (code, output, _) = await AppHostProcess.RunAsync("--topology", "single", "--port-offset", "auto", "--data-path", folder.Path);
        Assert.Equal(1, code);
        Assert.Contains("broker-a failed: Exited (code 1) before the cluster was ready: broker: ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.Empty(Signals.ProcessesWith(folder.Path));
    }

    [Fact]
    public async Task A_data_path_keeps_messages_between_runs()
    {
        using var folder = new TemporaryFolder();
        for (var run = 1; run <= 2; run++)
        {
            await using var host = AppHostProcess.Start("--port-offset", "auto", "--data-path", folder.Path);
            await host.ReadyAsync();
            Assert.Contains($"store: {folder.Path} (kept)", host.Output, StringComparison.Ordinal);
            if (run == 1) await RoundTrip.SendToEachMasterAsync(host.NameServers, "kept", TestContext.Current.CancellationToken);
            else Assert.Equal(["kept", "kept"], await RoundTrip.ReadAllAsync(host.NameServers, TestContext.Current.CancellationToken));
            Assert.Equal(0, await host.InterruptAsync());
        }
        Assert.True(Directory.Exists(Path.Combine(folder.Path, "broker-a", "store", "commitlog")));
    }

    /// <summary>Below the ephemeral range, where no connection of anybody's takes a neighbour, and with the rest of the block free.</summary>
    private static (TcpListener Holder, int Port, string Offset) HoldPort(int wanted, params int[] neighbours)
    {
        for (var offset = 9000; offset < 21000; offset += 50)
        {
            var holder = new TcpListener(IPAddress.Loopback, wanted + offset);
            try
            {
                foreach (var port in neighbours)
                {
                    using var neighbour = new TcpListener(IPAddress.Loopback, port + offset);
                    neighbour.Start();
                }

                holder.Start();
                return (holder, wanted + offset, offset.ToString(CultureInfo.InvariantCulture));
            }
            catch (SocketException)
            {
                holder.Dispose();
            }
        }

        throw new InvalidOperationException("no block of ports below the ephemeral range is free");
    }
}
