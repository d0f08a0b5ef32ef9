using System.Net;
using System.Text;
using RocketAspire.Broker.Acl;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Acl;

/// <summary>Who may do what, by rules as Apache's distribution has them.</summary>
public sealed class AclRulesTests : IDisposable
{
    internal const string Rules = """
        globalWhiteRemoteAddresses:
          - 10.10.103.*
          - "192.168.0.*"

        accounts:
          - accessKey: RocketMQ
            secretKey: 12345678
            whiteRemoteAddress:
            admin: false
            defaultTopicPerm: DENY
            defaultGroupPerm: SUB
            topicPerms:
              - topicA=DENY
              - topicB=PUB|SUB
              - topicC=SUB
            groupPerms:
              # the group should convert to retry topic
              - groupA=DENY
              - groupB=PUB|SUB
              - groupC=SUB

          - accessKey: rocketmq2
            secretKey: 'a secret'
            whiteRemoteAddress: 192.168.1.*
            # if it is admin, it could access all resources
            admin: true
        """;

    private static readonly IPAddress Stranger = IPAddress.Parse("1.2.3.4");
    private static readonly AclCredentials User = new("RocketMQ", "12345678");
    private static readonly AclCredentials Admin = new("rocketmq2", "a secret");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_signature_is_the_HMAC_of_the_sorted_values_and_the_body()
    {
        var request = RemotingCommand.CreateRequest(RequestCode.SendMessageV2, new ExtFields { { "b", "Grüße" }, { "a", "group" } }, Encoding.UTF8.GetBytes("body"));
        User.Sign(request);
        Assert.Equal("fTolGB4SguhQGwpG4FOUq7qTzj8=", request.ExtFields["Signature"]);
        Assert.Equal("RocketMQ", request.ExtFields["AccessKey"]);
        // Once more, as a repeated request: it is the same.
        User.Sign(request);
        Assert.Equal("fTolGB4SguhQGwpG4FOUq7qTzj8=", request.ExtFields["Signature"]);
        Assert.DoesNotContain("12345678", User.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("topicB", null)]
    [InlineData("topicA", "No default permission for topic:topicA")]
    [InlineData("topicC", "No default permission for topic:topicC")]
    [InlineData("other", "No default permission for topic:other")]
    [InlineData("RMQ_SYS_TRACE_TOPIC", null)]
    [InlineData("%RETRY%groupB", null)]
    [InlineData("%RETRY%groupA", "No default permission for group:groupA")]
    public void Sends_need_PUB_of_their_topic(string topic, string? expected)
    {
        var group = topic.StartsWith('%') ? topic["%RETRY%".Length..] : "any";
        foreach (var code in (int[])[RequestCode.SendMessageV2, RequestCode.SendBatchMessage])
            Assert.Equal(expected, Ask(User, code, new ExtFields { { "a", group }, { "b", topic } }));
        Assert.Equal(expected, Ask(User, RequestCode.SendMessage, new ExtFields { { "producerGroup", "any" }, { "topic", topic } }));
        if (!topic.StartsWith('%')) Assert.Equal(expected, Ask(User, RequestCode.RecallMessage, new ExtFields { { "producerGroup", "any" }, { "topic", topic } }));
    }

    [Theory]
    [InlineData("topicB", "groupB", null)]
    [InlineData("topicC", "groupC", null)]
    [InlineData("topicC", "unknown", null)]
    [InlineData("topicC", "groupA", "No default permission for group:groupA")]
    [InlineData("topicA", "groupB", "No default permission for topic:topicA")]
    public void Consumers_need_SUB_of_topic_and_group(string topic, string group, string? expected)
    {
        var fields = new ExtFields { { "topic", topic }, { "consumerGroup", group } };
        foreach (var code in (int[])[RequestCode.PullMessage, RequestCode.LitePullMessage, RequestCode.UpdateConsumerOffset, RequestCode.PopMessage])
            Assert.Equal(expected, Ask(User, code, fields));
        var heartbeat = new HeartbeatData { ClientId = "c", Consumers = [new ConsumerData { GroupName = group, Subscriptions = [new SubscriptionData { Topic = topic }] }] };
        Assert.Equal(expected, Ask(User, RequestCode.HeartBeat, [], heartbeat.Encode()));
    }

    [Theory]
    [InlineData("topicC", "groupC", "0", null)]
    [InlineData("topicC", "groupC", "2", null)]
    [InlineData("topicC", "groupA", "0", "No default permission for group:groupA")]
    [InlineData("topicA", "groupB", "0", "No default permission for topic:topicA")]
    [InlineData("topicA", "groupB", "1", "No default permission for topic:topicA")]
    [InlineData("%RETRY%groupA", "groupB", "0", "No default permission for group:groupA")]
    public void Each_entry_of_a_batch_of_acknowledgements_needs_SUB_of_topic_and_group(string topic, string group, string retry, string? expected)
    {
        BatchAck[] entries = [new("groupB", "topicB", "0", 0, 0, 0, 1, 1, [0]), new(group, topic, retry, 0, 0, 0, 1, 1, [0])];
        Assert.Equal(expected, Ask(User, RequestCode.BatchAckMessage, [], new BatchAckBody("b", entries).Encode()));
        Assert.Null(Ask(Admin, RequestCode.BatchAckMessage, [], new BatchAckBody("b", entries).Encode()));
    }

    [Fact]
    public void A_batch_of_acknowledgements_that_cant_be_read_is_refused() =>
        Assert.NotNull(Ask(User, RequestCode.BatchAckMessage, [], "{]"u8.ToArray()));

    [Fact]
    public void Only_an_admin_may_change_topics_groups_settings_and_rules()
    {
        foreach (var code in (int[])[17, 25, 215, 200, 207, 50, 51, 53, RequestCode.ReplicationCopyBack])
        {
            Assert.Equal($"Need admin permission for request code={code}, but accessKey=RocketMQ is not", Ask(User, code, []));
            Assert.Null(Ask(Admin, code, []));
        }

        Assert.Null(Ask(User, RequestCode.GetBrokerRuntimeInfo, []));
        Assert.Null(Ask(Admin, RequestCode.SendMessageV2, new ExtFields { { "b", "anything" } }));
    }

    [Fact]
    public void Who_has_no_account_or_signs_wrongly_is_refused_in_Apaches_words()
    {
        var rules = Open();
        Assert.Equal("No accessKey is configured", rules.Refuse(RemotingCommand.CreateRequest(RequestCode.HeartBeat), Stranger));
        Assert.Equal("No acl config for nobody1", Ask(new AclCredentials("nobody1", "12345678"), RequestCode.GetMaxOffset, []));
        Assert.Equal("Check signature failed for accessKey=RocketMQ", Ask(new AclCredentials("RocketMQ", "87654321"), RequestCode.GetMaxOffset, []));
        var changed = RemotingCommand.CreateRequest(RequestCode.SendMessageV2, new ExtFields { { "b", "topicB" } });
        User.Sign(changed);
        changed.Body = new byte[1];
        Assert.Equal("Check signature failed for accessKey=RocketMQ", rules.Refuse(changed, Stranger));
        // Unsigned, unknown codes are refused as well.
        Assert.Equal("No accessKey is configured", rules.Refuse(RemotingCommand.CreateRequest(99999), Stranger));
    }

    [Fact]
    public void White_addresses_pass_all_and_those_of_an_account_without_its_signature()
    {
        var rules = Open();
        Assert.Null(rules.Refuse(RemotingCommand.CreateRequest(RequestCode.UpdateBrokerConfig), IPAddress.Parse("10.10.103.7")));
        var named = RemotingCommand.CreateRequest(RequestCode.UpdateBrokerConfig, new ExtFields { { "AccessKey", "rocketmq2" } });
        Assert.Null(rules.Refuse(named, IPAddress.Parse("192.168.1.20")));
        Assert.NotNull(rules.Refuse(named, IPAddress.Parse("192.168.2.20")));
    }

    [Fact]
    public void A_query_by_unique_key_passes_signed_with_its_mark_and_without()
    {
        var signed = RemotingCommand.CreateRequest(RequestCode.QueryMessage, new ExtFields { { "topic", "topicB" }, { "_UNIQUE_KEY_QUERY", "true" } });
        User.Sign(signed);
        Assert.Null(Open().Refuse(signed, Stranger));
        var marked = RemotingCommand.CreateRequest(RequestCode.QueryMessage, new ExtFields { { "topic", "topicB" } });
        User.Sign(marked);
        marked.ExtFields.Add("_UNIQUE_KEY_QUERY", "true");
        Assert.Null(Open().Refuse(marked, Stranger));
    }

    [Theory]
    [InlineData("accessKey: rocketmq2\nsecretKey: 12345678 # mqadmin's\n", "rocketmq2", "12345678")]
    [InlineData("accessKey: \"rocketmq2\"\r\nsecretKey: '12 # 34'\r\n", "rocketmq2", "12 # 34")]
    public void The_account_of_the_tools_is_read(string text, string accessKey, string secretKey) =>
        Assert.Equal(new AclCredentials(accessKey, secretKey), ToolsFile.Parse(text));

    [Fact]
    public void Half_an_account_of_the_tools_is_none() => Assert.Null(ToolsFile.Parse("#accessKey: x\naccessKey: y\nsecretKey:\n"));

    private string? Ask(AclCredentials credentials, int code, ExtFields fields, byte[]? body = null)
    {
        var copy = new ExtFields();
        foreach (var (key, value) in fields) copy.Add(key, value);
        var request = RemotingCommand.CreateRequest(code, copy, body);
        credentials.Sign(request);
        return Open().Refuse(request, Stranger);
    }

    private AclRules Open()
    {
        var path = _folder["plain_acl.yml"];
        File.WriteAllText(path, Rules);
        return new AclRules([AclFile.Read(path)!]);
    }
}
