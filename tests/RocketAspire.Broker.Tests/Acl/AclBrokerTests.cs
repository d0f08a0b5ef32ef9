using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Broker.Acl;
using RocketAspire.Broker.Tests.Replication;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Acl;

/// <summary>A broker with ACL on, asked over the wire.</summary>
public sealed class AclBrokerTests : IAsyncDisposable
{
    private static readonly AclCredentials Admin = new("rocketmq2", "a secret");
    private static readonly AclCredentials User = new("RocketMQ", "12345678");

    private readonly TemporaryFolder _folder = new();
    private readonly List<IAsyncDisposable> _started = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Enumerable.Reverse(_started)) await part.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Only_signed_requests_are_served_and_refusals_are_SYSTEM_ERROR_with_Apaches_remark()
    {
        var broker = await StartAsync();
        var refused = await broker.SendAsync("topicB", "unsigned");
        Assert.Equal((ResponseCode.SystemError, "org.apache.rocketmq.acl.common.AclException: No accessKey is configured"), (refused.Code, refused.Remark));
        var unknown = await broker.InvokeAsync(99999);
        Assert.Equal(ResponseCode.SystemError, unknown.Code);

        var user = Client(User);
        Assert.Equal(ResponseCode.Success, (await broker.SendAsync(TestBroker.Header("topicB"), "signed"u8.ToArray(), user)).Code);
        Assert.Contains("No default permission for topic:topicC", (await broker.SendAsync(TestBroker.Header("topicC"), "signed"u8.ToArray(), user)).Remark, StringComparison.Ordinal);
        Assert.Equal(ResponseCode.RequestCodeNotSupported, (await broker.InvokeAsync(99999, client: user)).Code);
        Assert.Contains(
            "Need admin permission for request code=17",
            (await broker.InvokeAsync(RequestCode.UpdateAndCreateTopic, new CreateTopicRequestHeader { Topic = "new" }.ToExtFields(), client: user)).Remark,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accounts_and_white_addresses_are_changed_by_admin_calls_at_once()
    {
        var broker = await StartAsync();
        var admin = Client(Admin);
        var made = new CreateAccessConfigRequestHeader { AccessKey = "brandnew", SecretKey = "0123456789", DefaultTopicPerm = "PUB", TopicPerms = "closed=DENY,open=PUB|SUB" };
        Assert.Equal((ResponseCode.Success, null), Answer(await broker.InvokeAsync(RequestCode.UpdateAndCreateAclConfig, made.ToExtFields(), client: admin)));
        var brandNew = Client(new AclCredentials("brandnew", "0123456789"));
        Assert.Equal(ResponseCode.Success, (await broker.SendAsync(TestBroker.Header("whatever"), [1], brandNew)).Code);
        Assert.Equal(ResponseCode.SystemError, (await broker.SendAsync(TestBroker.Header("closed"), [1], brandNew)).Code);

        var version = await broker.InvokeAsync(RequestCode.GetBrokerClusterAclInfo, client: admin);
        Assert.Equal(1, JsonDocument.Parse(version.ExtFields["version"]!).RootElement.GetProperty("counter").GetInt64());
        Assert.Equal(1, JsonDocument.Parse(version.ExtFields["allAclFileVersion"]!).RootElement.GetProperty(File()).GetProperty("counter").GetInt64());
        Assert.Equal(("broker-a", broker.Address, "DefaultCluster"), (version.ExtFields["brokerName"], version.ExtFields["brokerAddr"], version.ExtFields["clusterName"]));

        Assert.Equal((ResponseCode.Success, null), Answer(await broker.InvokeAsync(RequestCode.DeleteAclConfig, new ExtFields { { "accessKey", "brandnew" } }, client: admin)));
        Assert.Equal(
            (ResponseCode.DeleteAclConfigFailed, "The accesskey[brandnew] corresponding to accessConfig has been deleted failed."),
            Answer(await broker.InvokeAsync(RequestCode.DeleteAclConfig, new ExtFields { { "accessKey", "brandnew" } }, client: admin)));
        Assert.Contains("No acl config for brandnew", (await broker.SendAsync(TestBroker.Header("whatever"), [1], brandNew)).Remark, StringComparison.Ordinal);

        var shortKey = new CreateAccessConfigRequestHeader { AccessKey = "short", SecretKey = "0123456789" };
        Assert.Equal(
            (ResponseCode.UpdateAndCreateAclConfigFailed, "The accessKey=short and secretKey=0123456789 cannot be null and length should longer than 6"),
            Answer(await broker.InvokeAsync(RequestCode.UpdateAndCreateAclConfig, shortKey.ToExtFields(), client: admin)));

        var white = new ExtFields { { "globalWhiteAddrs", "127.0.0.1" }, { "aclFileFullPath", "" } };
        Assert.Equal((ResponseCode.Success, null), Answer(await broker.InvokeAsync(RequestCode.UpdateGlobalWhiteAddrsConfig, white, client: admin)));
        Assert.Equal(ResponseCode.Success, (await broker.SendAsync("anything", "unsigned")).Code);
    }

    [Fact]
    public async Task Accounts_are_told_to_admins_without_their_secrets()
    {
        var broker = await StartAsync();
        var answer = await broker.InvokeAsync(RequestCode.ListAccounts, client: Client(Admin));
        Assert.Equal(ResponseCode.Success, answer.Code);
        var config = AclConfig.Decode(answer.Body.Span);
        Assert.True(config.Accounts.Single(static account => account.AccessKey == Admin.AccessKey).Admin);
        Assert.False(config.Accounts.Single(static account => account.AccessKey == User.AccessKey).Admin);
        Assert.Contains("topicB=PUB|SUB", config.Accounts.Single(static account => account.AccessKey == User.AccessKey).TopicPerms);
        var text = System.Text.Encoding.UTF8.GetString(answer.Body.Span);
        Assert.DoesNotContain(Admin.SecretKey, text, StringComparison.Ordinal);
        Assert.DoesNotContain(User.SecretKey, text, StringComparison.Ordinal);
        Assert.Contains("Need admin permission", (await broker.InvokeAsync(RequestCode.ListAccounts, client: Client(User))).Remark, StringComparison.Ordinal);
        Assert.Equal(ResponseCode.SystemError, (await broker.InvokeAsync(RequestCode.ListAccounts)).Code);
    }

    [Fact]
    public async Task Without_ACL_the_admin_calls_say_so()
    {
        await using var broker = await TestBroker.StartAsync();
        foreach (var (code, answer, fields) in ((int, int, ExtFields)[])[
            (50, 209, new CreateAccessConfigRequestHeader { AccessKey = "x" }.ToExtFields()), (51, 210, new() { { "accessKey", "x" } }), (52, 1, []),
            (53, 211, new() { { "globalWhiteAddrs", "*" }, { "aclFileFullPath", "" } }), (54, 3, []), (7305, 1, [])])
        {
            Assert.Equal(answer, (await broker.InvokeAsync(code, fields)).Code);
        }
    }

    [Fact]
    public async Task A_slave_with_an_admin_account_follows_a_master_that_asks_for_one()
    {
        var master = await StartAsync(options => options with { Role = BrokerRole.SyncMaster, InSyncReplicas = 2, TotalReplicas = 2 });
        await using var slave = await TestBroker.StartAsync(options => options with
        {
            ListenPort = ReplicaNode.FreePort(),
            HaListenPort = ReplicaNode.FreePort(),
            Role = BrokerRole.Slave,
            BrokerId = 1,
            Credentials = Admin,
        });
        slave.Node.Replication.OnRegistered(master.Address, master.Node.Replication.HaServerAddress);
        var admin = Client(Admin);
        await Eventually.TrueAsync("a message that both have", async () => (await master.SendAsync(TestBroker.Header("Orders"), [1], admin)).Code == ResponseCode.Success);
        await Eventually.TrueAsync("the slave to know the topic", () => slave.Node.Tables.Topics.Find("Orders") is not null);
    }

    [Fact]
    public async Task The_VIP_port_answers_all_but_pulls_and_asks_for_accounts_too()
    {
        var broker = await StartAsync();
        var admin = Client(Admin);
        var port = broker.Node.Endpoint.Port;
        var vip = $"127.0.0.1:{port - 2}";
        async Task<RemotingCommand> AskAsync(int code, ExtFields fields, RemotingClient client) =>
            await client.InvokeAsync(vip, RemotingCommand.CreateRequest(code, fields, new byte[1]), TestBroker.Long, TestContext.Current.CancellationToken);

        Assert.Equal(ResponseCode.Success, (await AskAsync(RequestCode.SendMessageV2, TestBroker.Header("T").ToExtFieldsV2(), admin)).Code);
        var pull = await AskAsync(RequestCode.PullMessage, TestBroker.PullHeader("T").ToExtFields(), admin);
        Assert.Equal((ResponseCode.RequestCodeNotSupported, " request type 11 not supported"), Answer(pull));
        Assert.Equal(ResponseCode.SystemError, (await AskAsync(RequestCode.SendMessageV2, TestBroker.Header("T").ToExtFieldsV2(), broker.Client)).Code);
        Assert.Equal(ResponseCode.Success, (await AskAsync(RequestCode.GetMaxOffset, new ExtFields { { "topic", "T" }, { "queueId", 0 } }, admin)).Code);
    }

    [Fact]
    public async Task A_taken_VIP_port_ends_the_start_and_is_named()
    {
        var port = FreePorts.Next();
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, port - 2);
        taken.Start();
        var error = await Assert.ThrowsAsync<RemotingBindException>(() => TestBroker.StartAsync(options => options with { ListenPort = port, HaListenPort = port + 1 }));
        Assert.Contains($"127.0.0.1:{port - 2}", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("it is this broker's VIP port (listenPort - 2)", error.Message, StringComparison.Ordinal);
    }

    private static (int Code, string? Remark) Answer(RemotingCommand response) => (response.Code, response.Remark);

    private string File() => _folder["plain_acl.yml"];

    private RemotingClient Client(AclCredentials credentials)
    {
        var client = new RemotingClient(new RemotingClientOptions { Credentials = credentials }, NullLoggerFactory.Instance);
        _started.Add(client);
        return client;
    }

    private async Task<TestBroker> StartAsync(Func<BrokerOptions, BrokerOptions>? change = null)
    {
        await System.IO.File.WriteAllTextAsync(File(), AclRulesTests.Rules, TestContext.Current.CancellationToken);
        var port = FreePorts.Next();
        var broker = await TestBroker.StartAsync(options => (change?.Invoke(options) ?? options) with
        {
            ListenPort = port,
            HaListenPort = port + 1,
            Acl = new AclOptions(_folder.Path, File(), _folder["acl"]),
        });
        _started.Add(broker);
        return broker;
    }
}
