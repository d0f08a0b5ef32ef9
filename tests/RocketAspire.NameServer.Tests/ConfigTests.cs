using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.NameServer.Tests;

public sealed class ConfigTests
{
    [Fact]
    public async Task KV_configuration_survives_a_restart()
    {
        using var folder = new TemporaryFolder();
        var options = new NameServerOptions { KvConfigPath = folder["namesrv/kvConfig.json"] };
        await using (var first = await Cluster.StartAsync(options))
        {
            Assert.Equal(0, (await first.AskAsync(RequestCode.PutKvConfig, new() { { "namespace", "n" }, { "key", "k" }, { "value", "v\"\u0001é" } })).Code);
            Assert.Equal(0, (await first.AskAsync(RequestCode.PutKvConfig, new() { { "namespace", "n" }, { "key", "gone" }, { "value", "x" } })).Code);
            Assert.Equal(0, (await first.AskAsync(RequestCode.DeleteKvConfig, new() { { "namespace", "n" }, { "key", "gone" } })).Code);
        }

        await using var second = await Cluster.StartAsync(options);
        var found = await second.AskAsync(RequestCode.GetKvConfig, new() { { "namespace", "n" }, { "key", "k" } });
        var gone = await second.AskAsync(RequestCode.GetKvConfig, new() { { "namespace", "n" }, { "key", "gone" } });
        var list = await second.AskAsync(RequestCode.GetKvlistByNamespace, new() { { "namespace", "n" } });
        var none = await second.AskAsync(RequestCode.GetKvlistByNamespace, new() { { "namespace", "m" } });

        Assert.Equal("v\"\u0001é", found.ExtFields["value"]);
        Assert.Equal((ResponseCode.QueryNotFound, "No config item, Namespace: n Key: gone"), (gone.Code, gone.Remark));
        Assert.Equal(["k"], KvTable.Decode(list.Body.Span).Table.Keys);
        Assert.Equal(ResponseCode.QueryNotFound, none.Code);
        Assert.Equal("""{"configTable":{"n":{"k":"v\"\u0001é"}}}""", File.ReadAllText(options.KvConfigPath));
    }

    [Fact]
    public async Task A_KV_file_that_cannot_be_read_stops_the_start_with_its_name()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["kv.json"], "{\"configTable\":");

        var e = await Assert.ThrowsAsync<InvalidDataException>(() => Cluster.StartAsync(new() { KvConfigPath = folder["kv.json"] }));

        Assert.StartsWith($"the KV configuration {folder["kv.json"]} can't be read: ", e.Message);
    }

    [Fact]
    public async Task A_change_that_cannot_be_written_is_refused_and_does_not_count()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["kv.json"]);
        await using var cluster = await Cluster.StartAsync(new() { KvConfigPath = folder["kv.json"] });

        var put = await cluster.AskAsync(RequestCode.PutKvConfig, new() { { "namespace", "n" }, { "key", "k" }, { "value", "v" } });
        var get = await cluster.AskAsync(RequestCode.GetKvConfig, new() { { "namespace", "n" }, { "key", "k" } });

        Assert.Equal(ResponseCode.SystemError, put.Code);
        Assert.Equal(ResponseCode.QueryNotFound, get.Code);
    }

    [Fact]
    public async Task Settings_are_told_and_changed_and_kept()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await Cluster.StartAsync(new() { ConfigStorePath = folder["namesrv.properties"] });

        var before = Encoding.UTF8.GetString((await cluster.AskAsync(RequestCode.GetNamesrvConfig)).Body.Span);
        var changed = await cluster.AskAsync(RequestCode.UpdateNamesrvConfig, body: "# a comment\nenableAllTopicList = false\n"u8.ToArray());
        var after = Encoding.UTF8.GetString((await cluster.AskAsync(RequestCode.GetNamesrvConfig)).Body.Span);
        var list = await cluster.AskAsync(RequestCode.GetAllTopicListFromNameserver);

        Assert.Contains("enableAllTopicList=true\n", before);
        Assert.Contains("serverWorkerThreads=8\n", before);
        Assert.Equal(0, changed.Code);
        Assert.Contains("enableAllTopicList=false\n", after);
        Assert.Equal((ResponseCode.SystemError, "disable"), (list.Code, list.Remark));
        Assert.Contains("enableAllTopicList=false\n", File.ReadAllText(folder["namesrv.properties"]));
    }

    [Theory]
    [InlineData("kvConfigPath=/elsewhere", ResponseCode.NoPermission, "Can not update config in black list.")]
    [InlineData("orderMessageEnable=maybe", ResponseCode.SystemError, "orderMessageEnable = maybe: neither true nor false")]
    [InlineData("orderMessageEnable=true\nnope=1", ResponseCode.SystemError, "nope: no setting of this name server")]
    public async Task Wrong_settings_are_refused_as_a_whole(string body, int code, string remark)
    {
        await using var cluster = await Cluster.StartAsync();

        var answer = await cluster.AskAsync(RequestCode.UpdateNamesrvConfig, body: Encoding.UTF8.GetBytes(body));

        Assert.Equal((code, remark), (answer.Code, answer.Remark));
        Assert.Contains("orderMessageEnable=false\n", Encoding.UTF8.GetString((await cluster.AskAsync(RequestCode.GetNamesrvConfig)).Body.Span));
    }

    [Fact]
    public void Options_are_read_from_properties_and_wrong_ones_named()
    {
        var problems = new List<string>();

        var options = NameServerOptions.Read(
        [
            new("listenPort", "19876"), new("bindAddress", "127.0.0.1"), new("kvConfigPath", "/kv"), new("configStorePath", "/c"),
            new("rocketmqHome", "/h"), new("orderMessageEnable", "true"), new("enableTopicList", "no"), new("whatever", "1"),
        ], problems);

        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 19876)], options.Listen);
        Assert.Equal(("/kv", "/c", true, true), (options.KvConfigPath, options.ConfigStorePath, options.Settings.OrderMessageEnable, options.Settings.EnableTopicList));
        Assert.Equal(["enableTopicList = no: neither true nor false", "whatever: no setting of this name server"], problems);
    }

    [Theory]
    [InlineData("listenPort", "70000", "listenPort = 70000: not a port (0 to 65535)")]
    [InlineData("listenPort", "x", "listenPort = x: not a port (0 to 65535)")]
    [InlineData("bindAddress", "localhost:1", "bindAddress = localhost:1: not an IP address")]
    public void A_wrong_option_keeps_its_default(string key, string value, string problem)
    {
        var problems = new List<string>();

        var options = NameServerOptions.Read([new(key, value)], problems);

        Assert.Equal([problem], problems);
        Assert.Equal([new IPEndPoint(IPAddress.Any, 9876)], options.Listen);
    }

    [Fact]
    public async Task A_changed_smallest_id_is_told_to_the_rest_of_the_group()
    {
        var told = new TaskCompletionSource<RemotingCommand>();
        var dispatcher = new RequestDispatcher([new Notified(told)], NullLogger.Instance);
        await using var slave = await RemotingServer.StartAsync([new IPEndPoint(IPAddress.Loopback, 0)], dispatcher, new(), NullLoggerFactory.Instance, CancellationToken.None);
        await using var cluster = await Cluster.StartAsync(new() { Settings = new() { NotifyMinBrokerIdChanged = true } });
        var address = slave.BoundEndpoints[0].ToString();
        var master = new BrokerNode(cluster.NewClient(), "broker-a", 0, "127.0.0.1:10911") { EnableActingMaster = true };
        await cluster.RegisterAsync(master);
        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 1, address) { EnableActingMaster = true });

        await master.Client.DisposeAsync();
        var notice = await told.Task.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);

        Assert.Equal("minBrokerId=1,minBrokerAddr=" + address + ",offlineBrokerAddr=127.0.0.1:10911", notice.ExtFields.ToString());
    }

    private sealed class Notified(TaskCompletionSource<RemotingCommand> told) : IRequestProcessor
    {
        public int Code => RequestCode.NotifyMinBrokerIdChange;

        public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
        {
            told.TrySetResult(request);
            return default;
        }
    }
}
