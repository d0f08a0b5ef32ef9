using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Broker.Acl;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;
using RocketAspire.TestSupport;
using Status = RocketAspire.Proxy.V2.Status;

namespace RocketAspire.Proxy.Tests;

/// <summary>A proxy with accounts, before brokers that want them too.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private const string Secret = "12345678";
    private readonly TemporaryFolder _folder = new();
    private AclAccounts _accounts = null!;
    private ProxyCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        var path = Path.Combine(_folder.Path, "conf", "plain_acl.yml");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, $"""
            globalWhiteRemoteAddresses: []
            accounts:
              - accessKey: operator
                secretKey: {Secret}
                admin: true
              - accessKey: AppUser
                secretKey: {Secret}
                admin: false
                defaultTopicPerm: DENY
                defaultGroupPerm: DENY
                topicPerms: [Open=PUB|SUB, ReadOnly=SUB]
                groupPerms: [Friends=SUB]
            """, ProxyCluster.Ct);
        _accounts = AclAccounts.Open(new AclOptions(_folder.Path, path, Path.Combine(_folder.Path, "conf", "acl")) { WatchInterval = TimeSpan.FromMilliseconds(50) }, TimeProvider.System, NullLoggerFactory.Instance);
        var operatorAccount = new AclCredentials("operator", Secret);
        _cluster = await ProxyCluster.StartAsync(brokers: 1, $"aclEnable=true\nrocketmqHome={_folder.Path.Replace('\\', '/')}", options => options with { Credentials = operatorAccount, Access = new PlainRules(_accounts) });
        foreach (var topic in new[] { "Open", "ReadOnly", "Closed" }) await _cluster.Admin.Topics.CreateOrUpdateAsync(new TopicConfig { TopicName = topic, ReadQueueNums = 1, WriteQueueNums = 1 }, null, ProxyCluster.Ct);
        foreach (var topic in new[] { "Open", "ReadOnly", "Closed" }) await Eventually.TrueAsync($"a route for {topic}", async () => await _cluster.Admin.GetRouteAsync(topic, ProxyCluster.Ct) is not null);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _accounts.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_signed_call_is_served_under_the_accounts_own_rights()
    {
        using var user = Client("AppUser", Secret);
        await user.SentAsync(Caller.Text("Open", "allowed"));
        var got = Assert.Single(await user.ReceivedAsync("Open", "Friends", 1));
        Assert.Equal(Code.Ok, (await user.AckAsync("Open", "Friends", (got.SystemProperties.MessageId, got.SystemProperties.ReceiptHandle))).Status.Code);

        // Who may send or receive may ask for the route.
        Assert.Equal(Code.Ok, (await user.Service.QueryRouteAsync(new QueryRouteRequest { Topic = Caller.Named("ReadOnly") }, user.Options())).Status.Code);
        Refused("No default permission for topic:ReadOnly", (await user.SendAsync(Caller.Text("ReadOnly", "no"))).Status);
        Refused("No default permission for topic:Closed", (await user.Service.QueryRouteAsync(new QueryRouteRequest { Topic = Caller.Named("Closed") }, user.Options())).Status);
        Refused("No default permission for group:Strangers", (await user.ReceiveAsync(Caller.Receive("Open", "Strangers"))).Status);
        Refused("No default permission for topic:Closed", (await user.AckAsync("Closed", "Friends", ("x", "y"))).Status);
        Refused("No default permission for group:Strangers", (await user.Service.HeartbeatAsync(new HeartbeatRequest { ClientType = ClientType.SimpleConsumer, Group = Caller.Named("Strangers") }, user.Options())).Status);
    }

    [Fact]
    public async Task Who_is_not_known_or_signs_wrongly_is_UNAUTHORIZED()
    {
        using var nobody = new Caller(_cluster.Proxy);
        Refused("No accessKey is configured", (await nobody.SendAsync(Caller.Text("Open", "no"))).Status);
        using var unknown = Client("stranger", Secret);
        Refused("No acl config for stranger", (await unknown.SendAsync(Caller.Text("Open", "no"))).Status);
        using var wrong = Client("AppUser", "wrong secret");
        Refused("Check signature failed for accessKey=AppUser", (await wrong.SendAsync(Caller.Text("Open", "no"))).Status);
        foreach (var header in new[] { "MQv2-HMAC-SHA1", "MQv2-HMAC-SHA1 Credential", "MQv2-HMAC-SHA1 Credential=AppUser, Signature=xyz", "MQv2-HMAC-SHA1 Credential=AppUser", "MQv2-HMAC-SHA1 Credential=AppUser, Signature=" })
        {
            using var broken = new Caller(_cluster.Proxy) { Sign = headers => [.. headers, new("authorization", header), new("x-mq-date-time", "now")] };
            Assert.Equal(Code.Unauthorized, (await broken.SendAsync(Caller.Text("Open", "no"))).Status.Code);
        }

        using var timeless = new Caller(_cluster.Proxy) { Sign = static headers => [.. headers, new("authorization", "MQv2-HMAC-SHA1 Credential=AppUser, Signature=00")] };
        Refused("datetime is null.", (await timeless.SendAsync(Caller.Text("Open", "no"))).Status);
    }

    [Fact]
    public async Task A_telemetry_stream_that_names_what_is_forbidden_is_told_so_and_ends()
    {
        using var user = Client("AppUser", Secret);
        var (refused, answer) = await user.TellAsync(Caller.Producer("Open", "Closed"));
        Refused("No default permission for topic:Closed", answer.Status);
        Assert.False(await refused.ResponseStream.MoveNext(ProxyCluster.Ct));
        var (stream, welcome) = await user.TellAsync(Caller.Consumer("Friends", "Open"));
        Assert.Equal(Code.Ok, welcome.Status.Code);
        await stream.RequestStream.CompleteAsync();
        refused.Dispose();
        stream.Dispose();
    }

    [Fact]
    public async Task A_changed_file_counts_without_a_restart()
    {
        using var user = Client("AppUser", Secret);
        Refused("No default permission for topic:Closed", (await user.SendAsync(Caller.Text("Closed", "no"))).Status);
        var path = Path.Combine(_folder.Path, "conf", "plain_acl.yml");
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path, ProxyCluster.Ct)).Replace("Open=PUB|SUB,", "Open=PUB|SUB, Closed=PUB,", StringComparison.Ordinal), ProxyCluster.Ct);
        await Eventually.TrueAsync("the new permission to count", async () => (await user.SendAsync(Caller.Text("Closed", "yes"))).Status.Code == Code.Ok);
    }

    [Fact]
    public async Task A_proxy_whose_own_account_a_broker_refuses_says_FORBIDDEN_with_the_brokers_words()
    {
        var proxy = await _cluster.StartProxyAsync(static options => options with { Credentials = new AclCredentials("AppUser", "not this one") });
        using var caller = new Caller(proxy);
        var status = (await caller.SendAsync(Caller.Text("Open", "no"))).Status;
        Assert.Equal(Code.Forbidden, status.Code);
    }

    private Caller Client(string accessKey, string secretKey) => new(_cluster.Proxy) { Sign = headers => Caller.Signed(headers, accessKey, secretKey) };

    private static void Refused(string message, Status status) => Assert.Equal((Code.Unauthorized, message), (status.Code, status.Message));

    private sealed class PlainRules(AclAccounts accounts) : IAccessRules
    {
        public ValueTask<string?> RefuseAsync(AccessRequest request, CancellationToken cancellationToken) => new(accounts.Refuse(
            request.AccessKey, request.Remote, request.Signature, request.Signed, request.Needs.Select(static need => (need.Name, need.IsGroup, need.Publish, need.Subscribe))));
    }
}
