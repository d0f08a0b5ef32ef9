using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Hosting;
using RocketAspire.TestSupport;

namespace RocketAspire.AppHost.Tests;

/// <summary>The AppHost end to end, as a test of one's own application would use it.</summary>
public sealed class ClusterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task The_default_cluster_becomes_healthy_takes_messages_and_leaves_nothing_behind()
    {
        var ct = Limited();
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.RocketAspire_AppHost>(["--port-offset", "auto"], ct);
        var cluster = builder.Resources.OfType<RocketMQClusterResource>().Single();
        Assert.Equal(["namesrv-1", "namesrv-2", "broker-a", "broker-a-s", "broker-b", "broker-b-s"], cluster.Nodes.Select(n => n.Name));
        Assert.All(cluster.Nodes, n => Assert.Contains(n.Annotations.OfType<ResourceRelationshipAnnotation>(), r => r.Type == "Parent" && r.Resource == cluster));
        Assert.All(cluster.Nodes, n => Assert.False(n.Annotations.OfType<EndpointAnnotation>().Single().IsProxied));

        var app = await builder.BuildAsync(ct);
        await using (app)
        {
            await app.StartAsync(ct);
            await app.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", ct);
            var nameServers = await app.GetConnectionStringAsync("rocketmq", ct);
            Assert.Equal(cluster.Topology!.NameServerList, nameServers);
            Assert.Equal(["broker-a", "broker-b"], await RoundTrip.SendToEachMasterAsync(nameServers!, "hello", ct));
            Assert.True(Directory.Exists(cluster.DataPath));
            Assert.NotEmpty(Signals.ProcessesWith(cluster.DataPath));
        }
        Assert.Empty(Signals.ProcessesWith(cluster.DataPath));
        Assert.False(Directory.Exists(cluster.DataPath));
        foreach (var (_, _, _, port) in cluster.Topology.Ports()) AssertFree(port);
    }

    [Theory]
    [InlineData("2m-2s-async", "broker-a broker-b")]
    [InlineData("2m-noslave", "broker-a broker-b")]
    [InlineData("single", "broker-a")]
    public async Task Each_topology_becomes_healthy(string topology, string masters)
    {
        var ct = Limited();
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.RocketAspire_AppHost>(["--topology", topology, "--port-offset=auto"], ct);
        await using var app = await builder.BuildAsync(ct);
        await app.StartAsync(ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", ct);
        Assert.Equal(masters.Split(' '), await RoundTrip.SendToEachMasterAsync((await app.GetConnectionStringAsync("rocketmq", ct))!, topology, ct));
    }

    [Fact]
    public async Task Two_clusters_run_on_one_machine()
    {
        var ct = Limited();
        await using var one = await DistributedApplicationTestingBuilder.CreateAsync<Projects.RocketAspire_AppHost>(["--topology", "2m-noslave", "--port-offset", "auto"], ct);
        await using var two = await DistributedApplicationTestingBuilder.CreateAsync<Projects.RocketAspire_AppHost>(["--topology", "2m-noslave", "--port-offset", "auto"], ct);
        await using var first = await one.BuildAsync(ct);
        await using var second = await two.BuildAsync(ct);
        await Task.WhenAll(first.StartAsync(ct), second.StartAsync(ct));
        await Task.WhenAll(first.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", ct), second.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", ct));
        var here = (await first.GetConnectionStringAsync("rocketmq", ct))!;
        var there = (await second.GetConnectionStringAsync("rocketmq", ct))!;
        Assert.NotEqual(here, there);
        await RoundTrip.SendToEachMasterAsync(here, "here", ct);
        await RoundTrip.SendToEachMasterAsync(there, "there", ct);
        Assert.Equal(["here", "here"], await RoundTrip.ReadAllAsync(here, ct));
        Assert.Equal(["there", "there"], await RoundTrip.ReadAllAsync(there, ct));
    }

    [Fact]
    public async Task A_killed_slave_makes_the_cluster_unhealthy_by_name_and_its_restart_heals_it()
    {
        var ct = Limited();
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.RocketAspire_AppHost>(["--port-offset", "auto"], ct);
        await using var app = await builder.BuildAsync(ct);
        await app.StartAsync(ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", ct);
        var data = builder.Resources.OfType<RocketMQClusterResource>().Single().DataPath;
        Signals.Send(Assert.Single(Signals.ProcessesWith(Path.Combine(data, "broker-a-s", "broker.conf"))), Signals.Kill);

        var ended = await app.ResourceNotifications.WaitForResourceAsync("broker-a-s", e => e.Snapshot.State?.Text == KnownResourceStates.Exited, ct);
        Assert.NotEqual(0, ended.Snapshot.ExitCode);
        await app.ResourceNotifications.WaitForResourceAsync("rocketmq", e => e.Snapshot.HealthReports.Any(r => r.Description?.Contains("broker-a-s", StringComparison.Ordinal) is true), ct);

        await app.ResourceCommands.ExecuteCommandAsync("broker-a-s", KnownResourceCommands.StartCommand, ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("broker-a-s", ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", ct);
    }

    private static CancellationToken Limited()
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(Limit);
        return source.Token;
    }

    private static void AssertFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
    }
}
