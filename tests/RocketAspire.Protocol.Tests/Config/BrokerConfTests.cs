using RocketAspire.Protocol.Config;

namespace RocketAspire.Protocol.Tests.Config;

public sealed class BrokerConfTests
{
    /// <summary>From Apache's sources: what a broker does when nothing is set.</summary>
    [Theory]
    [InlineData("listenPort", "10911", null)]
    [InlineData("defaultTopicQueueNums", "8", null)]
    [InlineData("mappedFileSizeCommitLog", "1073741824", null)]
    [InlineData("mappedFileSizeConsumeQueue", "6000000", null)]
    [InlineData("maxMessageSize", "4194304", null)]
    [InlineData("fileReservedTime", "72", null)]
    [InlineData("slaveTimeout", "3000", null)]
    [InlineData("inSyncReplicas", "1", null)]
    [InlineData("transactionCheckInterval", "30000", "60000")]
    [InlineData("registerBrokerTimeoutMills", "24000", "6000")]
    [InlineData("brokerRole", "ASYNC_MASTER", null)]
    [InlineData("flushDiskType", "ASYNC_FLUSH", null)]
    [InlineData("autoDeleteUnusedStats", "true", "false")]
    [InlineData("popCkStayBufferTime", "10000", null)]
    [InlineData("logicalDiskSpaceCleanForciblyThreshold", "0.8", null)]
    public void Defaults_are_Apaches(string name, string value, string? inV4)
    {
        var key = Assert.IsAssignableFrom<BrokerConfKey>(BrokerConf.Find(name));
        Assert.Equal((value, inV4), (key.Default, key.DefaultInV4));
    }

    [Fact]
    public void Each_key_stands_once_and_its_default_is_a_value_it_allows()
    {
        var keys = BrokerConf.Declared.Concat(BrokerConf.Undeclared).Concat(NameServerConf.Declared).ToList();
        var broker = BrokerConf.Declared.Concat(BrokerConf.Undeclared).Select(k => k.Name).ToList();
        Assert.Equal(broker.Count, broker.Distinct(StringComparer.Ordinal).Count());
        Assert.True(broker.Count > 400, $"only {broker.Count} keys of the two lines' four classes are known");
        Assert.All(keys.Where(k => k.Default is not null), k => Assert.Null(k.Check(k.Default!)));
        Assert.All(BrokerConf.Declared, k => Assert.NotEmpty(k.Meaning));
    }

    [Fact]
    public void What_a_key_writes_it_reads()
    {
        var file = PropertiesFile.From(
        [
            BrokerConf.ListenPort.With(12911), BrokerConf.BrokerId.With(3), BrokerConf.AutoCreateTopicEnable.With(false),
            BrokerConf.BrokerRole.With(BrokerRole.SyncMaster), BrokerConf.FlushDiskType.With(FlushDiskType.SyncFlush), BrokerConf.BrokerName.With("broker-x"),
        ]);
        var settings = BrokerSettings.Read(file, out var problems);
        Assert.Empty(problems);
        Assert.Equal(12911, settings.Get(BrokerConf.ListenPort));
        Assert.Equal(3, settings.Get(BrokerConf.BrokerId));
        Assert.False(settings.Get(BrokerConf.AutoCreateTopicEnable));
        Assert.Equal(BrokerRole.SyncMaster, settings.Get(BrokerConf.BrokerRole));
        Assert.Equal(FlushDiskType.SyncFlush, settings.Get(BrokerConf.FlushDiskType));
        Assert.Equal("broker-x", settings.Get(BrokerConf.BrokerName));
        Assert.True(settings.IsSet(BrokerConf.BrokerId));
        Assert.False(settings.IsSet(BrokerConf.SlaveTimeout));
        Assert.Equal(3_000, settings.Get(BrokerConf.SlaveTimeout));
    }

    [Theory]
    [InlineData("listenPort=x", "line 1: listenPort: 'x' is not a whole number from 1 to 65535")]
    [InlineData("listenPort=70000", "line 1: listenPort: '70000' is not a whole number from 1 to 65535")]
    [InlineData("maxMessageSize=99999999999", "line 1: maxMessageSize: '99999999999' is not a whole number of at least 1")]
    [InlineData("slaveReadEnable=yes", "line 1: slaveReadEnable: 'yes' is not true or false")]
    [InlineData("brokerRole=MASTER", "line 1: brokerRole: 'MASTER' is not ASYNC_MASTER or SYNC_MASTER or SLAVE")]
    [InlineData("flushDiskType=sync_flush", "line 1: flushDiskType: 'sync_flush' is not ASYNC_FLUSH or SYNC_FLUSH")]
    public void A_wrong_value_is_an_error_in_one_line(string text, string said)
    {
        BrokerSettings.Read(PropertiesFile.Parse(text), out var problems);
        var problem = Assert.Single(problems);
        Assert.Equal((ConfSeverity.Error, said), (problem.Severity, problem.ToString()));
    }

    [Theory]
    [InlineData("brokerIp1", "brokerIP1")]
    [InlineData("lisenPort", "listenPort")]
    [InlineData("enableDLedgerCommitLog", "enableDLegerCommitLog")]
    [InlineData("flushDiskTyep", "flushDiskType")]
    [InlineData("brokerRoel", "brokerRole")]
    [InlineData("haSlaveFallbehindMaxx", "haSlaveFallbehindMax")]
    public void A_typing_error_is_told_what_it_was_meant_to_be(string key, string meant)
    {
        BrokerSettings.Read(PropertiesFile.Parse(key + "=1"), out var problems);
        Assert.Equal($"is not known; did you mean {meant}?", Assert.Single(problems).Message);
        Assert.Equal(ConfSeverity.Warning, problems[0].Severity);
    }

    [Fact]
    public void A_word_that_resembles_nothing_gets_no_guess() =>
        Assert.Equal("is not known: no broker reads it", UnknownKeys.Explain("banana", "1"));

    [Fact]
    public void Keys_that_the_embedded_node_leaves_aside_are_told()
    {
        var settings = BrokerSettings.Read(PropertiesFile.Parse("listenPort=1\nsendMessageThreadPoolNums=8\npopCkMaxBufferSize=7"), out _);
        Assert.Equal(["sendMessageThreadPoolNums", "popCkMaxBufferSize"], settings.Unhonoured().Select(k => k.Name));
        Assert.All(settings.Unhonoured(), k => Assert.NotNull(k.NotHonouredBecause));
    }

    [Fact]
    public void Settings_in_force_hold_what_exportConfigs_and_exportMetrics_read()
    {
        // needBrokerProprties of 4.9.8's ExportConfigsCommand ends with an exception when one is missing.
        var all = BrokerSettings.Read(PropertiesFile.Parse("brokerName=a"), out _).InForce();
        string[] read =
        [
            "brokerClusterName", "brokerId", "brokerName", "brokerRole", "fileReservedTime", "filterServerNums", "flushDiskType", "maxMessageSize", "messageDelayLevel", "msgTraceTopicName",
            "slaveReadEnable", "traceOn", "traceTopicEnable", "useTLS", "autoCreateTopicEnable", "autoCreateSubscriptionGroup",
        ];
        foreach (var key in read) Assert.True(all.ContainsKey(key), key);
    }

    [Fact]
    public void Settings_in_force_hold_defaults_and_what_the_file_says()
    {
        var all = BrokerSettings.Read(PropertiesFile.Parse("listenPort=12345\nunheardOf=1"), out _).InForce();
        Assert.Equal(("12345", "1", "4194304"), (all["listenPort"], all["unheardOf"], all["maxMessageSize"]));
        Assert.False(all.ContainsKey("brokerName"));
        Assert.Equal("12346", all["haListenPort"]);
    }
}
