using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Hosting;
using RocketAspire.Hosting.Engines.Containers;
using RocketAspire.TestSupport;

namespace RocketAspire.Containers.Tests;

/// <summary>What containers of Apache's own image are given; the engine is a program that only answers questions, so that no image is needed.</summary>
public sealed class ApacheImageTests : IDisposable
{
    private readonly TemporaryFolder _programs = new();
    private readonly string _path = Environment.GetEnvironmentVariable("PATH")!;

    public ApacheImageTests()
    {
        var program = Path.Combine(_programs.Path, "podman");
        File.WriteAllText(program, "#!/bin/sh\ncase \"$1 $2\" in 'info --format') echo 'false false';; 'image inspect') exit 1;; esac\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("PATH", _programs.Path + ":" + _path);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        _programs.Dispose();
    }

    [Fact]
    public async Task Nodes_run_Apaches_scripts_with_a_small_heap_their_file_read_only_and_their_own_address()
    {
        var nodes = await NodesAsync("--topology", "dledger");
        Assert.Equal(6, nodes.Count);
        Assert.All(nodes, n =>
        {
            Assert.True(n.TryGetContainerImageName(out var image));
            Assert.Matches("^docker[.]io/apache/rocketmq:5[.]3[.][0-9]+$", image);
            var file = Assert.Single(n.Annotations.OfType<ContainerMountAnnotation>(), m => m.IsReadOnly);
            Assert.Equal("/home/rocketmq/conf/node.conf", file.Target);
            var endpoint = Assert.Single(n.Annotations.OfType<EndpointAnnotation>());
            Assert.Equal((endpoint.Port, false), (endpoint.TargetPort, endpoint.IsProxied));
        });
        var broker = nodes.Single(n => n.Name == "broker-a-n1");
        Assert.Equal(["sh", "-c", ContainerNodes.StopScript, "sh", "mqbroker", "-c", "/home/rocketmq/conf/node.conf"], await ArgumentsAsync(broker));
        Assert.Equal("-Xms256m -Xmx512m", (await EnvironmentAsync(broker))["JAVA_OPT_EXT"]);
        var address = broker.Identity.Address;
        var conf = broker.Identity.Cluster.Topology!.Brokers.Single(b => b.Name == "broker-a-n1").Conf;
        Assert.Equal(address[..address.IndexOf(':', StringComparison.Ordinal)], conf.Get("brokerIP1"));
        Assert.Equal(conf.Get("brokerIP1"), conf.Get("brokerIP2"));
        Assert.Contains($"n1-{conf.Get("brokerIP1")}:", conf.Get("dLegerPeers"), StringComparison.Ordinal);
        Assert.Equal(("/home/rocketmq/store", "0.0.0.0"), (conf.Get("storePathRootDir"), conf.Get("bindAddress")));
        // Only our own nodes know how to hand on an address.
        Assert.Null(broker.Identity.Cluster.Topology.Brokers[0].LeaderAddress);
        var runtime = await RuntimeArgumentsAsync(broker);
        Assert.Contains($"--ip {conf.Get("brokerIP1")}", runtime, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Heap_registry_and_tag_are_settings()
    {
        var nodes = await NodesAsync("--topology", "single", "--heap", "-Xmx1g", "--image-registry", "registry.example.com:5000", "--image-tag", "5.3.1");
        Assert.All(nodes, n => Assert.Equal("registry.example.com:5000/apache/rocketmq:5.3.1", n.TryGetContainerImageName(out var image) ? image : null));
        Assert.Equal("-Xmx1g", (await EnvironmentAsync(nodes[0]))["JAVA_OPT_EXT"]);
        nodes = await NodesAsync("--topology", "single", "--image", "mirror/rocketmq@sha256:0123");
        Assert.Equal("mirror/rocketmq@sha256:0123", nodes[0].TryGetContainerImageName(out var digest) ? digest : null);
    }

    [Fact]
    public async Task On_the_hosts_network_nodes_share_its_loopback_and_each_keeps_its_own_store()
    {
        var nodes = await NodesAsync("--topology", "2m-2s-sync", "--network", "host");
        Assert.All(nodes, n => Assert.StartsWith("127.0.0.1:", n.Identity.Address, StringComparison.Ordinal));
        Assert.Contains("--network host", await RuntimeArgumentsAsync(nodes[0]), StringComparison.Ordinal);
        Assert.Equal(6, nodes.SelectMany(n => n.Annotations.OfType<ContainerMountAnnotation>()).Where(m => !m.IsReadOnly).Select(m => m.Source).Distinct().Count());
    }

    [Fact]
    public async Task Dashboard_and_proxy_come_beside_the_cluster_when_asked_for()
    {
        await using var builder = await BuilderAsync("--topology", "single", "--dashboard", "true", "--proxy", "true");
        var dashboard = builder.Resources.OfType<ContainerResource>().Single(r => r.Name == "rocketmq-dashboard");
        var cluster = builder.Resources.OfType<RocketMQClusterResource>().Single();
        Assert.Equal($"-Drocketmq.namesrv.addr={cluster.Topology!.NameServerList}", (await EnvironmentAsync(dashboard))["JAVA_OPTS"]);
        Assert.Equal(8082, dashboard.Annotations.OfType<EndpointAnnotation>().Single().TargetPort);
        Assert.Contains(dashboard.Annotations.OfType<WaitAnnotation>(), w => w.Resource == cluster);
        var proxy = builder.Resources.OfType<ContainerResource>().Single(r => r.Name == "rocketmq-proxy");
        Assert.Equal(["mqproxy", "-pc", "/home/rocketmq/conf/rmq-proxy.json"], (await ArgumentsAsync(proxy))[4..]);
        Assert.DoesNotContain(cluster.Nodes, n => n == (IResource)proxy);
    }

    [Theory]
    [InlineData("apacherocketmq/rocketmq-dashboard:2.1.0", 8082)]
    [InlineData("apacherocketmq/rocketmq-dashboard:2.0.1", 8080)]
    [InlineData("r:5000/apacherocketmq/rocketmq-dashboard:1.0.0", 8080)]
    [InlineData("apacherocketmq/rocketmq-dashboard:latest", 8082)]
    public void The_dashboards_port_follows_its_version(string image, int port) => Assert.Equal(port, ContainerCompanions.TargetPortOf(image));

    private async Task<IReadOnlyList<RocketMQContainerResource>> NodesAsync(params string[] args)
    {
        await using var builder = await BuilderAsync(args);
        return [.. builder.Resources.OfType<RocketMQContainerResource>()];
    }

    // A temporary folder of the AppHost's own goes with the application, which is never built here.
    private Task<IDistributedApplicationTestingBuilder> BuilderAsync(params string[] args) =>
        DistributedApplicationTestingBuilder.CreateAsync<Projects.RocketAspire_AppHost>(
            ["--engine", "container", "--container-engine", "podman", "--port-offset", "auto", "--data-path", Path.Combine(_programs.Path, "data"), .. args], TestContext.Current.CancellationToken);

    private static async Task<string[]> ArgumentsAsync(IResourceWithArgs resource)
    {
        var args = new List<object>();
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>()) await annotation.Callback(new(args, resource, TestContext.Current.CancellationToken));
        return [.. args.Cast<string>()];
    }

    private static async Task<Dictionary<string, object>> EnvironmentAsync(IResource resource)
    {
        var variables = new Dictionary<string, object>();
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await annotation.Callback(new(new DistributedApplicationExecutionContext(DistributedApplicationOperation.Run), resource, variables, TestContext.Current.CancellationToken));
        return variables;
    }

    private static async Task<string> RuntimeArgumentsAsync(IResource resource)
    {
        var args = new List<object>();
        foreach (var annotation in resource.Annotations.OfType<ContainerRuntimeArgsCallbackAnnotation>()) await annotation.Callback(new(args, TestContext.Current.CancellationToken));
        return string.Join(' ', args);
    }
}
