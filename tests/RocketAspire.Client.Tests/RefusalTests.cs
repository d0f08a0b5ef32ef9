using System.Net;
using System.Net.Sockets;
using System.Text;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting.Tls;
using RocketAspire.TestSupport;

namespace RocketAspire.Client.Tests;

/// <summary>What producers and consumers say when they aren't let in, or when nobody answers: in time, with who it was and what to do.</summary>
public sealed class RefusalTests
{
    private static readonly AclCredentials Account = new("an-account", "its own secret");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static RocketMQMessage Message(string topic, string text) => new(topic, Encoding.UTF8.GetBytes(text));

    [Fact]
    public async Task A_wrong_key_is_told_with_code_broker_and_advice_and_the_right_one_works()
    {
        using var home = new TemporaryFolder();
        Directory.CreateDirectory(home["conf"]);
        await File.WriteAllTextAsync(home["conf/plain_acl.yml"], $"accounts:\n- accessKey: {Account.AccessKey}\n  secretKey: {Account.SecretKey}\n  admin: true\n", Ct);
        await using var cluster = await EmbeddedCluster.StartWithAsync($"aclEnable=true\nrocketmqHome={home.Path}");
        // Made by its first message: the tests' own admin has no account.
        var topic = $"Guarded-{Guid.NewGuid():N}";
        await using var wrong = await RocketMQProducer.StartAsync(cluster.Producer("wrong") with { Credentials = Account with { SecretKey = "another secret" } }, Ct);
        await using var nobody = await RocketMQProducer.StartAsync(cluster.Producer("nobody"), Ct);
        await using var right = await RocketMQProducer.StartAsync(cluster.Producer("right") with { Credentials = Account }, Ct);

        var e = await Assert.ThrowsAsync<RocketMQSendException>(() => wrong.SendAsync(Message(topic, "wrong"), Ct).AsTask());
        Assert.Equal((ResponseCode.SystemError, "broker-a", cluster.Address()), (e.Code, e.Attempts[0].BrokerName, e.Attempts[0].Address));
        Assert.Equal("check the secret key", e.Advice);
        Assert.Contains(Account.AccessKey, e.Message);
        e = await Assert.ThrowsAsync<RocketMQSendException>(() => nobody.SendAsync(Message(topic, "nobody"), Ct).AsTask());
        Assert.Equal("check access key, and what the account may do", e.Advice);
        Assert.True((await right.SendAsync(Message(topic, "right"), Ct)).IsAcknowledged);

        var received = new Received();
        await using var consumer = await RocketMQConsumer.StartAsync(cluster.Consumer(topic) with { Credentials = Account }, received.HandleAsync, Ct);
        await received.HasAsync(1);
        Assert.Equal(["right"], received.Texts);
        var stranger = await RocketMQConsumer.StartAsync(cluster.Consumer(topic), received.HandleAsync, Ct);
        await stranger.DisposeAsync().AsTask().WaitAsync(Eventually.Limit, Ct);
        Assert.Equal(1, received.Count);
    }

    [Fact]
    public async Task One_that_speaks_TLS_where_nobody_else_does_is_told_so()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer() with { Tls = TlsClient.TrustingAll }, Ct);

        var e = await Assert.ThrowsAsync<RocketMQNameServersUnavailableException>(() => producer.SendAsync(Message("T", "x"), Ct).AsTask().WaitAsync(Eventually.Limit, Ct));

        Assert.Contains(cluster.NameServers, e.Message);
        Assert.Contains("TLS", e.Message);
        Assert.Contains("TLS", e.Advice);
    }

    [Fact]
    public async Task A_name_server_that_accepts_and_never_answers_is_passed_over()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var both = $"{silent.LocalEndpoint};{cluster.NameServers}";
        var received = new Received();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer() with { NameServers = both, RequestTimeout = TimeSpan.FromSeconds(1) }, Ct);
        await using var consumer = await RocketMQConsumer.StartAsync(cluster.Consumer(topic) with { NameServers = both, RequestTimeout = TimeSpan.FromSeconds(1) }, received.HandleAsync, Ct);

        Assert.True((await producer.SendAsync(Message(topic, "m"), Ct)).IsAcknowledged);
        await received.HasAsync(1);
    }

    [Fact]
    public async Task With_silent_name_servers_only_each_call_ends_in_time_with_the_reason_and_so_does_the_dispose()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var address = silent.LocalEndpoint.ToString()!;
        var producer = await RocketMQProducer.StartAsync(new() { NameServers = address, Group = "g", RequestTimeout = TimeSpan.FromSeconds(1), SendTimeout = TimeSpan.FromSeconds(5) }, Ct);

        var e = await Assert.ThrowsAsync<RocketMQNameServersUnavailableException>(() => producer.SendAsync(Message("T", "m"), Ct).AsTask().WaitAsync(Eventually.Limit, Ct));
        Assert.Contains(address, e.Message);
        Assert.StartsWith("check the addresses", e.Advice);
        var consumer = RocketMQConsumer.StartAsync(new() { NameServers = address, Group = "g", Subscriptions = ["T"], RequestTimeout = TimeSpan.FromSeconds(1) }, static (_, _) => new(ConsumeResult.Success), Ct);
        await Assert.ThrowsAsync<RocketMQNameServersUnavailableException>(() => consumer.AsTask().WaitAsync(Eventually.Limit, Ct));

        // A send that still waits is one that a dispose waits for, as long as it may.
        var waiting = producer.SendAsync(Message("T", "m"), Ct).AsTask();
        await producer.DisposeAsync().AsTask().WaitAsync(Eventually.Limit, Ct);
        await Assert.ThrowsAnyAsync<RocketMQException>(() => waiting.WaitAsync(Eventually.Limit, Ct));
    }

    [Fact]
    public async Task A_body_that_is_too_large_for_the_broker_alone_is_told_with_its_limit_and_nothing_is_tried_twice()
    {
        await using var cluster = await EmbeddedCluster.StartWithAsync("maxMessageSize=2000", "broker-a", "broker-b");
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);

        var e = await Assert.ThrowsAsync<RocketMQResponseException>(() => producer.SendAsync(new RocketMQMessage(topic, new byte[3000]), Ct).AsTask());

        Assert.Equal(ResponseCode.MessageIllegal, e.Code);
        Assert.Contains("MaxMessageBytes", e.Advice);
        Assert.Contains(e.Address, new[] { cluster.Address(), cluster.Address("broker-b") });
        Assert.True((await producer.SendAsync(new RocketMQMessage(topic, new byte[1000]), Ct)).IsAcknowledged);
    }
}
