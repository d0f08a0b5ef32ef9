using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using RocketAspire.Client;
using RocketAspire.Hosting;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Remoting.Tls;
using RocketAspire.TestSupport;

namespace RocketAspire.AppHost.Tests;

/// <summary>Clusters that ask for accounts, or speak TLS only: each part of ours, probes and slaves too, gets in.</summary>
public sealed class ProtectedClusterTests : IDisposable
{
    private const string TlsMode = "tls.server.mode";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private static readonly AclCredentials Tools = new("the-tools", "a secret of the tools");

    private readonly TemporaryFolder _home = new();

    private string ToolsFile => _home[Path.Combine("conf", "tools.yml")];

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(TlsMode, null);
        _home.Dispose();
    }

    [Fact]
    public async Task Brokers_that_ask_for_accounts_become_healthy_by_that_of_the_tools_and_let_nobody_else_in()
    {
        var ct = Limited();
        WriteAccounts(Tools);
        await using var builder = await ClusterAsync(ct, ("aclEnable", "true"), ("rocketmqHome", _home.Path));
        await using var app = await StartAsync(builder, ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", ct);
        await WorksAsync(builder, Options(builder) with { Credentials = Tools }, ct);

        await using var stranger = new RocketMQConnection(Options(builder));
        var refused = await Assert.ThrowsAnyAsync<RocketMQException>(() => RoundTrip.SendToEachMasterAsync(stranger, "x", ct));
        Assert.Contains("No accessKey is configured", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_account_of_the_tools_is_told_with_its_file()
    {
        var ct = Limited();
        WriteAccounts(Tools with { SecretKey = "another secret" });
        await using var builder = await ClusterAsync(ct, ("aclEnable", "true"), ("rocketmqHome", _home.Path));
        await using var app = await StartAsync(builder, ct);
        await ToldAsync(app, $"Check signature failed for accessKey=the-tools (the AppHost asks with the account in {ToolsFile})", ct);
        // The slave signs with the same account, and its log says what its master answers.
        await foreach (var lines in app.Services.GetRequiredService<ResourceLoggerService>().WatchAsync(Cluster(builder).Nodes.Single(static n => n.Name == "broker-a-s")).WithCancellation(ct))
        {
            if (lines.Any(static line => line.Content.Contains("Check signature failed for accessKey=the-tools", StringComparison.Ordinal))) break;
        }
    }

    [Fact]
    public async Task Brokers_that_speak_TLS_only_become_healthy()
    {
        var ct = Limited();
        await using var builder = await ClusterAsync(ct, (TlsMode, "enforcing"));
        await TlsOnlyAsync(builder, ct);
    }

    [Fact]
    public async Task A_cluster_that_speaks_TLS_only_becomes_healthy()
    {
        var ct = Limited();
        Environment.SetEnvironmentVariable(TlsMode, "enforcing");
        await using var builder = await ClusterAsync(ct);
        await TlsOnlyAsync(builder, ct);
    }

    [Fact]
    public async Task A_missing_account_of_the_tools_is_told_with_the_file_that_it_should_be_in()
    {
        var ct = Limited();
        WriteAccounts(Tools);
        File.Delete(ToolsFile);
        await using var builder = await ClusterAsync(ct, ("aclEnable", "true"), ("rocketmqHome", _home.Path));
        await using var app = await StartAsync(builder, ct);
        await ToldAsync(app, $"No accessKey is configured (there is no account in {ToolsFile} for the AppHost to ask with)", ct);
    }

    private static async Task ToldAsync(DistributedApplication app, string text, CancellationToken ct)
    {
        foreach (var node in (string[])["broker-a", "broker-a-s", "rocketmq"])
            await app.ResourceNotifications.WaitForResourceAsync(node, e => e.Snapshot.HealthReports.Any(r => r.Description?.Contains(text, StringComparison.Ordinal) is true), ct);
    }

    private static async Task TlsOnlyAsync(IDistributedApplicationTestingBuilder builder, CancellationToken ct)
    {
        await using var app = await StartAsync(builder, ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", ct);
        await WorksAsync(builder, Options(builder) with { Tls = TlsClient.TrustingAll }, ct);

        await using var plain = new RocketMQConnection(Options(builder));
        var master = Cluster(builder).Topology!.Brokers.First(b => b.IsMaster).Address;
        // Closed at its first byte.
        await Assert.ThrowsAnyAsync<RemotingSendException>(() => new RocketMQAdmin(plain).GetBrokerRuntimeInfoAsync(master, ct));

        var message = new RocketMQMessage(RoundTrip.Topic, "by a producer"u8.ToArray());
        var producers = new RocketMQProducerOptions { NameServers = Cluster(builder).Topology!.NameServerList, Group = "protected" };
        await using var producer = await RocketMQProducer.StartAsync(producers with { Tls = TlsClient.TrustingAll }, ct);
        Assert.True((await producer.SendAsync(message, ct)).IsAcknowledged);
        await using var plainProducer = await RocketMQProducer.StartAsync(producers, ct);
        var refused = await Assert.ThrowsAnyAsync<RocketMQException>(() => plainProducer.SendAsync(message, ct).AsTask());
        Assert.Contains("TLS", refused.Advice);
    }

    /// <summary>Each master takes a message, which it answers when a slave has it, and each slave learns of its topic.</summary>
    private static async Task WorksAsync(IDistributedApplicationTestingBuilder builder, RocketMQClientOptions options, CancellationToken ct)
    {
        await using var connection = new RocketMQConnection(options);
        Assert.Equal(["broker-a", "broker-b"], await RoundTrip.SendToEachMasterAsync(connection, "hello", ct));
        var admin = new RocketMQAdmin(connection);
        foreach (var slave in Cluster(builder).Topology!.Brokers.Where(b => !b.IsMaster))
            await Eventually.TrueAsync($"{slave.Name} to have the message", async () => await MaxOffsetAsync(admin, slave.Address, ct) == 1);
    }

    /// <summary>-1 while the broker doesn't know the topic.</summary>
    private static async Task<long> MaxOffsetAsync(RocketMQAdmin admin, string address, CancellationToken ct)
    {
        try
        {
            return await admin.GetMaxOffsetAsync(address, RoundTrip.Topic, 0, ct);
        }
        catch (RocketMQException)
        {
            return -1;
        }
    }

    private static async Task<IDistributedApplicationTestingBuilder> ClusterAsync(CancellationToken ct, params (string Key, string Value)[] settings)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.RocketAspire_AppHost>(["--port-offset", "auto"], ct);
        var cluster = builder.CreateResourceBuilder(Cluster(builder));
        foreach (var (key, value) in settings) cluster.WithBrokerSetting(key, value);
        return builder;
    }

    private static async Task<DistributedApplication> StartAsync(IDistributedApplicationTestingBuilder builder, CancellationToken ct)
    {
        var app = await builder.BuildAsync(ct);
        await app.StartAsync(ct);
        return app;
    }

    private static RocketMQClusterResource Cluster(IDistributedApplicationTestingBuilder builder) => builder.Resources.OfType<RocketMQClusterResource>().Single();

    private static RocketMQClientOptions Options(IDistributedApplicationTestingBuilder builder) =>
        new() { NameServers = [.. Cluster(builder).Topology!.NameServers.Select(static n => n.Address)], RequestTimeout = TimeSpan.FromSeconds(5) };

    /// <summary>The brokers' files, with the tools' account as they know it, and the tools' own.</summary>
    private void WriteAccounts(AclCredentials own)
    {
        var conf = Directory.CreateDirectory(_home["conf"]).FullName;
        File.WriteAllText(Path.Combine(conf, "plain_acl.yml"), $"accounts:\n  - accessKey: {Tools.AccessKey}\n    secretKey: {Tools.SecretKey}\n    admin: true\n");
        File.WriteAllText(ToolsFile, $"accessKey: {own.AccessKey}\nsecretKey: {own.SecretKey}\n");
    }

    private static CancellationToken Limited()
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(Limit);
        return source.Token;
    }
}
