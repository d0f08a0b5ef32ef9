using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Client;
using RocketAspire.Console.Access;
using RocketAspire.Console.Cluster;
using RocketAspire.Console.Text;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Console.Tests;

public sealed partial class SettingsTests
{
    [Theory]
    [InlineData("--namesrv", "nonsense", "name server 'nonsense'")]
    [InlineData("--urls", "ftp://127.0.0.1", "not one address")]
    [InlineData("--urls", "https://127.0.0.1:8082", "not one address")]
    [InlineData("--read-only", "perhaps", "neither true nor false")]
    public void A_wrong_setting_is_named_in_one_line(string name, string value, string expected)
    {
        var configuration = new ConfigurationBuilder().AddCommandLine([name, value]).Build();

        Assert.Null(ConsoleOptions.Read(configuration, out var problem));
        Assert.StartsWith(name, problem, StringComparison.Ordinal);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_setting_ends_the_program_with_code_2()
    {
        var (code, error) = await ConsoleProcess.RunAsync("--urls", "https://example.com:80");

        Assert.Equal(2, code);
        Assert.Contains("--urls", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_text_of_the_pages_has_a_Chinese_twin()
    {
        var texts = Directory.EnumerateFiles(Path.Combine(ConsoleProcess.Metadata("console-sources"), "Components"), "*.razor", SearchOption.AllDirectories)
            .SelectMany(static file => Text().Matches(File.ReadAllText(file)).Select(static match => match.Groups[1].Value));
        var kinds = Enum.GetNames<TopicKind>().Concat(Enum.GetNames<TrackState>());

        string[] missing = [.. texts.Concat(kinds).Where(static text => !Chinese.Texts.ContainsKey(text)).Distinct()];
        Assert.Equal([], missing);
    }

    [Fact]
    public void Each_finding_of_the_status_check_has_a_Chinese_twin()
    {
        var source = string.Concat(((string[])["StatusCheck.cs", "AclRefusal.cs"]).Select(static file => File.ReadAllText(Path.Combine(ConsoleProcess.Metadata("console-sources"), "Cluster", file))));
        // Apache's words aren't ours to translate.
        source = string.Join('\n', source.Split('\n').Where(static line => !line.Contains("remark.Contains", StringComparison.Ordinal)));

        string[] missing = [.. Finding().Matches(source).Select(static match => match.Groups[1].Value).Where(static text => !Chinese.Texts.ContainsKey(text))];
        Assert.Equal([], missing);
    }

    [Fact]
    public async Task A_console_that_only_reads_refuses_every_change_before_it_asks_the_cluster()
    {
        var options = new ConsoleOptions { NameServers = ["127.0.0.1:1"], ReadOnly = true };
        await using var users = UserStore.Open(null, TimeProvider.System, NullLogger.Instance);
        await using var gateway = new ClusterGateway(options, NullLoggerFactory.Instance);
        var history = new RateHistory();
        using var keeper = new HistoryKeeper(options, history, TimeProvider.System, NullLogger<HistoryKeeper>.Instance);
        using var poller = new ClusterPoller(options, new ClusterReader(gateway, TimeProvider.System), new RateRecorder(gateway, history, keeper), TimeProvider.System, NullLogger<ClusterPoller>.Instance);
        var actions = new ClusterActions(options, new CurrentUser(users, new EndedSessions()), gateway, poller, NullLogger<ClusterActions>.Instance);
        Func<Task>[] changes =
        [
            () => actions.SaveTopicAsync(new TopicConfig { TopicName = "a" }, null, new Dictionary<string, TopicConfig>()), () => actions.DeleteTopicAsync("a"),
            () => actions.SaveGroupAsync(new SubscriptionGroupConfig { GroupName = "a" }, new Dictionary<string, SubscriptionGroupConfig>()), () => actions.DeleteGroupAsync("a"),
            () => actions.ResetOffsetsAsync("a", "b", null), () => actions.SaveBrokerConfigAsync("127.0.0.1:1", new Dictionary<string, string>()),
            () => actions.SetWritableAsync("a", false), () => actions.SendAsync(new RocketMQMessage("a", new byte[1])), () => actions.SwitchAsync(new ClusterTarget(["127.0.0.1:2"])),
            () => actions.LeaveNameServerAsync("127.0.0.1:1"), () => actions.SaveAccountAsync(new() { AccessKey = "a" }), () => actions.DeleteAccountAsync("a"), () => actions.SetWhiteAddressesAsync(["*"]),
        ];

        foreach (var change in changes) await Assert.ThrowsAsync<ReadOnlyException>(change);
        Assert.Equal(["127.0.0.1:1"], gateway.NameServers);
    }

    [GeneratedRegex("""\b[Ll]\["([^"]+)"\]""")]
    private static partial Regex Text();

    /// <summary>Sentences: what begins in lower case and has blanks, format strings aside.</summary>
    [GeneratedRegex("\"([a-z][^\"{]* [^\"{]*)\"")]
    private static partial Regex Finding();
}
