using System.Text;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests;

public sealed class ConfigurationTests
{
    private const string Group = "enableDLegerCommitLog=true\ndLegerGroup=g\ndLegerPeers=";

    [Fact]
    public void A_DLedger_node_is_read_with_its_group()
    {
        var options = Read(Group + "n0-127.0.0.1:1; n1-127.0.0.1:2;n2-127.0.0.1:3;\ndLegerSelfId=n1\npreferredLeaderId=n2\nbrokerRole=SLAVE\nbrokerId=5", out var problem);
        Assert.Null(problem);
        var group = options!.Raft!;
        Assert.Equal(("g", "n1", "n2", 2L, 3), (group.Group, group.SelfId, group.PreferredLeaderId, group.Self.FollowerBrokerId, group.Peers.Count));
        Assert.Equal(("g", false, RocketAspire.Store.ConfirmMode.Manual), (options.BrokerName, options.IsSlave, options.Store.Confirm));
    }

    private static BrokerOptions? Read(string text, out string? problem, string? nameServers = null) =>
        BrokerOptionsReader.Read(BrokerSettings.Read(PropertiesFile.Parse(text), out _), nameServers, null, out problem);

    [Fact]
    public void A_reference_master_is_read()
    {
        var options = Read(
            """
            brokerClusterName=DefaultCluster
            brokerName=broker-a
            brokerId=0
            brokerIP1=127.0.0.1
            listenPort=10911
            namesrvAddr=127.0.0.1:9876;127.0.0.1:9877
            storePathRootDir=/data/a
            storePathCommitLog=/data/a/commitlog
            mappedFileSizeCommitLog=1073741824
            maxMessageSize=65536
            brokerRole=SYNC_MASTER
            flushDiskType=SYNC_FLUSH
            defaultTopicQueueNums=4
            inSyncReplicas=2
            totalReplicas=2
            """,
            out var problem)!;
        Assert.Null(problem);
        Assert.Equal(("broker-a", 0L, BrokerRole.SyncMaster, 10911, 10912), (options.BrokerName, options.BrokerId, options.Role, options.ListenPort, options.HaListenPort));
        Assert.Equal(["127.0.0.1:9876", "127.0.0.1:9877"], options.NameServers);
        Assert.Equal((Store.FlushDiskType.Sync, 65536, "/data/a"), (options.Store.Flush, options.Store.MaxMessageSizeBytes, options.Store.RootDirectory));
        Assert.Equal((2, 2, 4), (options.InSyncReplicas, options.TotalReplicas, options.DefaultTopicQueueNums));
    }

    [Fact]
    public void Only_what_says_so_leaves_loopback()
    {
        Assert.Equal(("127.0.0.1", "127.0.0.1"), Addresses("brokerName=a"));
        Assert.Equal(("127.0.0.2", "127.0.0.2"), Addresses("brokerIP1=127.0.0.2"));
        Assert.Equal(("10.1.2.3", "0.0.0.0"), Addresses("brokerIP1=10.1.2.3"));
        Assert.Equal(("10.1.2.3", "127.0.0.1"), Addresses("brokerIP1=10.1.2.3\nbindAddress=127.0.0.1"));

        static (string, string) Addresses(string text)
        {
            var options = Read(text, out _)!;
            return (options.BrokerIP1, options.BindAddress.ToString());
        }
    }

    [Theory]
    [InlineData("brokerRole=SLAVE", "brokerId: a slave's must be above 0")]
    [InlineData("namesrvAddr=localhost", "namesrvAddr: 'localhost' is not ip:port (write 127.0.0.1:9876;192.168.0.1:9876)")]
    [InlineData("namesrvAddr=a:1;b:0", "namesrvAddr: 'b:0' is not ip:port (write 127.0.0.1:9876;192.168.0.1:9876)")]
    [InlineData("messageDelayLevel=1s 2x", "messageDelayLevel: must be blank-separated times such as 1s 5m 2h")]
    [InlineData("mappedFileSizeConsumeQueue=300001", "mappedFileSizeConsumeQueue must be a multiple of 20 bytes, 6000000 by default.")]
    [InlineData("bindAddress=here", "bindAddress: 'here' is not an IP address")]
    [InlineData("brokerIP1=no.such.host.invalid", "brokerIP1: 'no.such.host.invalid' is not an address of any machine")]
    [InlineData("enableDLegerCommitLog=true", "dLegerGroup: must be set on a DLedger node")]
    [InlineData("enableDLegerCommitLog=true\ndLegerGroup=g", "dLegerPeers: must be set on a DLedger node")]
    [InlineData(Group + "n0-127.0.0.1:1;n1-127.0.0.1:2;n2-127.0.0.1:3", "dLegerSelfId: must be set on a DLedger node")]
    [InlineData(Group + "n0-127.0.0.1:1;n1-127.0.0.1:2;n2-127.0.0.1:3\ndLegerSelfId=n3", "dLegerSelfId: 'n3' is not among dLegerPeers")]
    [InlineData(Group + "n0-127.0.0.1:1;n1-127.0.0.1:2\ndLegerSelfId=n0", "dLegerPeers: 2 nodes: a group has 3, 5 or 7")]
    [InlineData(Group + "n0-127.0.0.1:1;n1;n2-127.0.0.1:3\ndLegerSelfId=n0", "dLegerPeers: 'n1' is not id-ip:port (write n0-127.0.0.1:10931;n1-127.0.0.1:11931;n2-127.0.0.1:12931)")]
    [InlineData(Group + "n0-127.0.0.1:1;m0-127.0.0.1:2;n2-127.0.0.1:3\ndLegerSelfId=n0", "dLegerPeers: two nodes have the number of 'm0'")]
    [InlineData(Group + "n0-127.0.0.1:1;n1-127.0.0.1:1;n2-127.0.0.1:3\ndLegerSelfId=n0", "dLegerPeers: two nodes have the address 127.0.0.1:1")]
    [InlineData(Group + "a-127.0.0.1:1;n1-127.0.0.1:2;n2-127.0.0.1:3\ndLegerSelfId=n1", "dLegerPeers: 'a' is no node's id: a letter and a number, such as n0")]
    [InlineData(Group + "n0-127.0.0.1:1;n1-127.0.0.1:2;n2-127.0.0.1:3\ndLegerSelfId=n0\npreferredLeaderId=n7", "preferredLeaderId: 'n7' is not among dLegerPeers")]
    [InlineData("listenPort=2", "listenPort: must be at least 3, for the VIP port is two below")]
    public void What_can_not_work_is_said_in_one_line(string text, string expected)
    {
        Assert.Null(Read(text, out var problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void The_command_lines_name_servers_win()
    {
        Assert.Equal(["10.0.0.1:9876"], Read("namesrvAddr=127.0.0.1:9876", out _, nameServers: "10.0.0.1:9876")!.NameServers);
    }

    [Fact]
    public async Task Settings_in_force_are_answered_as_properties()
    {
        await using var broker = await TestBroker.StartAsync(static o => o with { File = PropertiesFile.Parse("brokerName=broker-a\nlistenPort=1234\n") });
        var response = await broker.InvokeAsync(RequestCode.GetBrokerConfig);
        var file = PropertiesFile.Parse(Encoding.UTF8.GetString(response.Body.Span));
        Assert.Equal(("1234", "true"), (file.Get("listenPort"), file.Get("autoCreateTopicEnable")));
        Assert.Contains("\"counter\":0", response.ExtFields["version"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_setting_counts_at_once_and_stands_in_the_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["broker.conf"], "brokerName=broker-a\nautoCreateTopicEnable=true\n");
        await using var broker = await TestBroker.StartAsync(o => o with
        {
            File = PropertiesFile.Parse(File.ReadAllText(folder["broker.conf"])),
            FilePath = folder["broker.conf"],
        });
        var response = await broker.InvokeAsync(RequestCode.UpdateBrokerConfig, null, "autoCreateTopicEnable=false\n"u8.ToArray());
        Assert.Equal((0, null), (response.Code, response.Remark));
        Assert.Equal(ResponseCode.TopicNotExist, (await broker.SendAsync("orders", "x")).Code);
        Assert.Equal("brokerName=broker-a\nautoCreateTopicEnable=false\n", File.ReadAllText(folder["broker.conf"]));
    }

    [Theory]
    [InlineData("listenPort=abc\n", ResponseCode.SystemError)]
    [InlineData("namesrvAddr=nowhere\n", ResponseCode.SystemError)]
    [InlineData("autoCreateTopicEnable=false\nmessageDelayLevel=soon\n", ResponseCode.SystemError)]
    [InlineData("brokerConfigPath=/etc/passwd\n", ResponseCode.NoPermission)]
    public async Task A_wrong_or_forbidden_setting_changes_nothing(string update, int code)
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Equal(code, (await broker.InvokeAsync(RequestCode.UpdateBrokerConfig, null, Encoding.UTF8.GetBytes(update))).Code);
        Assert.Equal(ResponseCode.Success, (await broker.SendAsync("orders", "x")).Code);
    }

    [Fact]
    public async Task What_is_not_in_force_at_once_is_told()
    {
        await using var broker = await TestBroker.StartAsync();
        var response = await broker.InvokeAsync(
            RequestCode.UpdateBrokerConfig, null, "listenPort=10911\nmaxMessageSize=1024\ntransientStorePoolEnable=true\nfileReservedTime=5\nflushConsumerOffsetInterval=100\ntls.server.mode=disabled\nautoCreateTopicEnabled=false\n"u8.ToArray());
        Assert.Equal(0, response.Code);
        foreach (var note in new[] { "autoCreateTopicEnabled: ", "maxMessageSize: takes effect at the next start", "flushConsumerOffsetInterval: takes effect at the next start", "tls.server.mode: takes effect at the next start", "transientStorePoolEnable: has no effect here: " })
        {
            Assert.Contains(note, response.Remark, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("fileReservedTime", response.Remark, StringComparison.Ordinal);
        Assert.DoesNotContain("listenPort", response.Remark, StringComparison.Ordinal);
        var properties = PropertiesFile.Parse(Encoding.UTF8.GetString((await broker.InvokeAsync(RequestCode.GetBrokerConfig)).Body.Span));
        Assert.Equal(("1024", "5", null), (properties.Get("maxMessageSize"), properties.Get("fileReservedTime"), properties.Get("autoCreateTopicEnabled")));
    }

    [Fact]
    public async Task An_unknown_request_code_is_answered_as_not_supported()
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Equal(ResponseCode.RequestCodeNotSupported, (await broker.InvokeAsync(31_999)).Code);
    }
}
