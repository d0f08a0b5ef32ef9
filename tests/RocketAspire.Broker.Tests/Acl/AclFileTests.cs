using System.Net;
using RocketAspire.Broker.Acl;
using RocketAspire.Broker.Tests.Replication;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Acl;

/// <summary>The files of rules: read again when they change, and never given up for broken ones.</summary>
public sealed class AclFileTests : IAsyncDisposable
{
    private static readonly IPAddress Stranger = IPAddress.Parse("1.2.3.4");

    private readonly TemporaryFolder _folder = new();
    private readonly CollectedLogs _logs = new();
    private AclStore? _store;

    private string DefaultFile => _folder["conf/plain_acl.yml"];

    public async ValueTask DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_changed_file_is_read_again_and_a_broken_one_keeps_the_old_rules_and_is_told_by_name()
    {
        var store = Open(AclRulesTests.Rules);
        Assert.True(Passes(store, "RocketMQ", "12345678"));

        File.WriteAllText(DefaultFile, AclRulesTests.Rules.Replace("12345678", "another one", StringComparison.Ordinal));
        await Eventually.TrueAsync("the new secret to count", () => Passes(store, "RocketMQ", "another one"));
        Assert.False(Passes(store, "RocketMQ", "12345678"));

        foreach (var broken in (string[])["accounts: [", "- a list", "accounts:\n - accessKey: short\n   secretKey: 12345678", "globalWhiteRemoteAddresses:\n - 300.1.1.1", "", "accounts: 7"])
        {
            _logs.Clear();
            File.WriteAllText(DefaultFile, broken);
            await Eventually.TrueAsync($"'{broken}' to be told", () => _logs.Contains(DefaultFile));
            Assert.True(Passes(store, "RocketMQ", "another one"), broken);
            Assert.False(Passes(store, "short", "12345678"));
        }
    }

    [Fact]
    public async Task Files_of_the_folder_count_too_and_their_accounts_go_with_them()
    {
        var store = Open(AclRulesTests.Rules);
        Directory.CreateDirectory(_folder["conf/acl/team"]);
        File.WriteAllText(_folder["conf/acl/team/more.yaml"], "accounts:\n- {accessKey: teamone, secretKey: teamsecret, defaultTopicPerm: PUB}\n- {accessKey: RocketMQ, secretKey: of the folder}\n");
        File.WriteAllText(_folder["conf/acl/tools.yml"], "accessKey: teamtwo\nsecretKey: 12345678\n");
        await Eventually.TrueAsync("the new file to count", () => Passes(store, "teamone", "teamsecret"));
        // The folder's files come first, as with Apache's broker.
        Assert.True(Passes(store, "RocketMQ", "of the folder"));
        Assert.True(_logs.Contains("RocketMQ stands in more than one place"));

        File.Delete(_folder["conf/acl/team/more.yaml"]);
        await Eventually.TrueAsync("the deleted file to count no more", () => !Passes(store, "teamone", "teamsecret"));
        Assert.True(Passes(store, "RocketMQ", "12345678"));
    }

    [Fact]
    public async Task Accounts_and_white_addresses_that_are_changed_stay_changed()
    {
        var store = Open(AclRulesTests.Rules);
        store.Update(new AclAccountConfig { AccessKey = "brandnew", SecretKey = "0123456789", DefaultTopicPerm = "PUB", TopicPerms = ["a=PUB|SUB"], GroupPerms = ["g=SUB"] });
        store.Update(new AclAccountConfig { AccessKey = "RocketMQ", SecretKey = "changed it", Admin = true });
        Assert.True(store.UpdateWhiteAddresses(["10.0.0.1", "10.0.1.*"], null));
        Assert.True(store.Delete("rocketmq2"));
        Assert.False(store.Delete("rocketmq2"));
        Assert.False(store.UpdateWhiteAddresses(["10.0.0.1"], _folder["elsewhere.yml"]));
        Assert.Equal(4, store.Rules.Files[0].Version.Counter);
        Check(store);

        await store.DisposeAsync();
        _store = AclStore.Open(Options(), TimeProvider.System, _logs);
        Assert.Equal(4, _store.Rules.Files[0].Version.Counter);
        Check(_store);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(DefaultFile));
        Assert.Equal(["plain_acl.yml"], Directory.GetFiles(_folder["conf"]).Select(Path.GetFileName));

        static void Check(AclStore store)
        {
            Assert.True(Passes(store, "brandnew", "0123456789"));
            Assert.True(Passes(store, "RocketMQ", "changed it", RequestCode.UpdateBrokerConfig));
            Assert.False(Passes(store, "rocketmq2", "a secret"));
            Assert.Null(store.Rules.Refuse(RemotingCommand.CreateRequest(1), IPAddress.Parse("10.0.1.9")));
            Assert.NotNull(store.Rules.Refuse(RemotingCommand.CreateRequest(1), IPAddress.Parse("10.10.103.9")));
        }
    }

    [Fact]
    public void Wrong_accounts_are_refused_and_change_nothing()
    {
        var store = Open(AclRulesTests.Rules);
        var before = File.ReadAllText(DefaultFile);
        AclAccountConfig[] wrong =
        [
            new() { AccessKey = "short", SecretKey = "12345678" },
            new() { AccessKey = "longenough" },
            new() { AccessKey = "longenough", SecretKey = "12345678", TopicPerms = ["noperm"] },
            new() { AccessKey = "longenough", SecretKey = "12345678", GroupPerms = ["g=ALL"] },
            new() { AccessKey = "longenough", SecretKey = "12345678", WhiteRemoteAddress = "nowhere" },
        ];
        foreach (var account in wrong) Assert.Throws<AclException>(() => store.Update(account));
        Assert.Throws<AclException>(() => store.UpdateWhiteAddresses(["300.0.0.1"], null));
        Assert.Equal(before, File.ReadAllText(DefaultFile));
    }

    [Fact]
    public async Task Without_a_file_everybody_is_refused_and_the_first_account_makes_it()
    {
        Directory.CreateDirectory(_folder["conf"]);
        await using var store = AclStore.Open(Options(), TimeProvider.System, _logs);
        Assert.True(_logs.Contains(DefaultFile));
        Assert.NotNull(store.Rules.Refuse(RemotingCommand.CreateRequest(1), IPAddress.Loopback));
        store.Update(new AclAccountConfig { AccessKey = "brandnew", SecretKey = "0123456789" });
        Assert.True(Passes(store, "brandnew", "0123456789"));
    }

    [Fact]
    public void A_start_with_a_broken_file_ends_with_its_name()
    {
        Directory.CreateDirectory(_folder["conf"]);
        File.WriteAllText(DefaultFile, "accounts: [");
        var error = Assert.Throws<InvalidDataException>(() => AclStore.Open(Options(), TimeProvider.System, _logs));
        Assert.StartsWith(DefaultFile, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void The_rules_lie_in_conf_of_the_home_or_beside_the_settings_file()
    {
        Assert.Equal(new AclOptions("/opt/mq", "/opt/mq/conf/plain_acl.yml", "/opt/mq/conf/acl"), Locate("", "/etc/x/broker.conf", ("ROCKETMQ_HOME", "/opt/mq")));
        Assert.Equal(new AclOptions("/srv", "/srv/conf/plain_acl.yml", "/srv/conf/acl"), Locate("rocketmqHome=/srv", "/etc/x/broker.conf", ("ROCKETMQ_HOME", "/opt/mq")));
        Assert.Equal(new AclOptions("/opt/mq", "/opt/mq/conf/own.yml", "/opt/mq/conf/acl"), Locate("", null, ("ROCKETMQ_HOME", "/opt/mq"), ("rocketmq.acl.plain.file", "/conf/own.yml")));
        Assert.Equal(new AclOptions("/etc/x", "/etc/x/plain_acl.yml", "/etc/x/acl"), Locate("", "/etc/x/broker.conf"));
        Assert.Null(Locate("", null));
    }

    private static AclOptions? Locate(string file, string? path, params (string Name, string Value)[] environment) =>
        AclOptions.Locate(PropertiesFile.Parse(System.Text.Encoding.ASCII.GetBytes(file)), path, name => environment.FirstOrDefault(pair => pair.Name == name).Value);

    private AclOptions Options() => new(_folder.Path, DefaultFile, _folder["conf/acl"]) { WatchInterval = TimeSpan.FromMilliseconds(20) };

    private AclStore Open(string rules)
    {
        Directory.CreateDirectory(_folder["conf"]);
        File.WriteAllText(DefaultFile, rules);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(DefaultFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return _store = AclStore.Open(Options(), TimeProvider.System, _logs);
    }

    private static bool Passes(AclStore store, string accessKey, string secretKey, int code = RequestCode.GetMaxOffset)
    {
        var request = RemotingCommand.CreateRequest(code);
        new AclCredentials(accessKey, secretKey).Sign(request);
        return store.Rules.Refuse(request, Stranger) is null;
    }
}
