using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using RocketAspire.Protocol.Messages;
using RocketAspire.Proxy.V2;
using RocketAspire.TestSupport;

namespace RocketAspire.Proxy.Tests;

public sealed class SendMessageTests(SharedCluster shared)
{
    private static readonly Dictionary<string, (Action<Message> Spoil, Code Code, string Message)> Wrong = new()
    {
        ["empty"] = (static m => m.Body = ByteString.Empty, Code.MessageBodyEmpty, "message body cannot be empty"),
        ["large"] = (static m => m.Body = ByteString.CopyFrom(new byte[(4 * 1024 * 1024) + 1]), Code.MessageBodyTooLarge, "message body cannot exceed the max 4194304"),
        ["no id"] = (static m => m.SystemProperties.MessageId = "", Code.IllegalMessageId, "message id cannot be empty"),
        ["blank tag"] = (static m => m.SystemProperties.Tag = " ", Code.IllegalMessageTag, "tag cannot be the char sequence of whitespace"),
        ["tag with |"] = (static m => m.SystemProperties.Tag = "a|b", Code.IllegalMessageTag, "tag cannot contain '|'"),
        ["key with control"] = (static m => m.SystemProperties.Keys.Add("a\u0001"), Code.IllegalMessageKey, "key cannot contain control character"),
        ["long group"] = (static m => m.SystemProperties.MessageGroup = new('g', 64), Code.IllegalMessageGroup, "message group exceed the max size 64"),
        ["system property"] = (static m => m.UserProperties["UNIQ_KEY"] = "x", Code.IllegalMessagePropertyKey, "property is used by system: UNIQ_KEY"),
        ["control in value"] = (static m => m.UserProperties["a"] = "\u0002", Code.IllegalMessagePropertyKey, "the value of property cannot contain control character"),
        ["many properties"] = (static m => Enumerable.Range(0, 129).ToList().ForEach(i => m.UserProperties[$"p{i}"] = "v"), Code.MessagePropertiesTooLarge, "too many user properties, max is 128"),
        ["large properties"] = (static m => m.UserProperties["a"] = new('v', 16 * 1024), Code.MessagePropertiesTooLarge, "the total size of user property is too large, max is 16384"),
        ["far future"] = (static m => m.SystemProperties.DeliveryTimestamp = Timestamp.FromDateTime(DateTime.UtcNow.AddDays(2)), Code.IllegalDeliveryTime, "the max delay time of message is too large, max is 86400000"),
        ["long recovery"] = (
            static m =>
            {
                m.SystemProperties.MessageType = MessageType.Transaction;
                m.SystemProperties.OrphanedTransactionRecoveryDuration = Duration.FromTimeSpan(TimeSpan.FromHours(2));
            }, Code.BadRequest, "the max transaction recovery time of message is too large, max is 3600"),
    };

    private readonly ProxyCluster _cluster = shared.Cluster;

    [Fact]
    public async Task A_message_comes_as_it_was_sent()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync();
        var message = Caller.Text(topic, "hello ✓", static system =>
        {
            system.Tag = "greeting";
            system.Keys.Add(["k1", "k2"]);
            system.TraceContext = "00-1-2-01";
        });
        message.UserProperties["colour"] = "grün";
        var sent = Assert.Single(await caller.SentAsync(message));
        Assert.Equal((message.SystemProperties.MessageId, 0L, ""), (sent.MessageId, sent.Offset, sent.TransactionId));

        var got = Assert.Single(await caller.ReceivedAsync(topic, await _cluster.GroupAsync(), 1));
        var system = got.SystemProperties;
        Assert.Equal((topic, "hello ✓", "greeting"), (got.Topic.Name, got.Body.ToStringUtf8(), system.Tag));
        Assert.Equal(["k1", "k2"], system.Keys);
        Assert.Equal(new Dictionary<string, string> { ["colour"] = "grün", }, got.UserProperties.Where(static pair => pair.Key == "colour").ToDictionary());
        Assert.Equal((message.SystemProperties.MessageId, MessageType.Normal, 1, "here", "00-1-2-01"), (system.MessageId, system.MessageType, system.DeliveryAttempt, system.BornHost, system.TraceContext));
        Assert.Equal((DigestType.Md5, Convert.ToHexString(System.Security.Cryptography.MD5.HashData(got.Body.Span))), (system.BodyDigest.Type, system.BodyDigest.Checksum));
        Assert.Equal(message.SystemProperties.BornTimestamp.Seconds, system.BornTimestamp.Seconds);
        Assert.NotEmpty(system.ReceiptHandle);
    }

    [Fact]
    public async Task Messages_of_one_request_get_an_entry_each()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync();
        var messages = Enumerable.Range(0, 5).Select(i => Caller.Text(topic, $"m{i}")).ToArray();
        var entries = await caller.SentAsync(messages);
        Assert.Equal(messages.Select(static m => m.SystemProperties.MessageId), entries.Select(static entry => entry.MessageId));
        Assert.Equal([0, 1, 2, 3, 4], entries.Select(static entry => entry.Offset));
        var got = await caller.ReceivedAsync(topic, await _cluster.GroupAsync(), 5);
        Assert.Equal(messages.Select(static m => m.SystemProperties.MessageId).Order(), got.Select(static m => m.SystemProperties.MessageId).Order());
    }

    [Fact]
    public async Task Messages_of_a_group_go_to_one_queue()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync("FIFO", queues: 8);
        for (var i = 0; i < 6; i++) await caller.SentAsync(Caller.Text(topic, $"m{i}", static system => system.MessageGroup = "orders of 1"));
        IReadOnlyList<(int Queue, long Max)> used = [];
        await Eventually.TrueAsync("all six to be in queues", async () =>
        {
            var status = await _cluster.Admin.Topics.GetStatusAsync(topic, ProxyCluster.Ct);
            used = [.. status.Where(static queue => queue.Value.MaxOffset > 0).Select(static queue => (queue.Key.QueueId, queue.Value.MaxOffset))];
            return used.Sum(static queue => queue.Max) == 6;
        });
        Assert.Equal((QueueHash.Pick(JavaString.HashCode("orders of 1"), 8), 6L), Assert.Single(used));
    }

    [Fact]
    public async Task A_delayed_message_comes_in_its_time()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync("DELAY");
        var due = DateTime.UtcNow.AddSeconds(3);
        var entry = Assert.Single(await caller.SentAsync(Caller.Text(topic, "later", system => system.DeliveryTimestamp = Timestamp.FromDateTime(due))));
        Assert.NotEmpty(entry.RecallHandle);
        var got = Assert.Single(await caller.ReceivedAsync(topic, await _cluster.GroupAsync(), 1));
        Assert.True(DateTime.UtcNow >= due.AddSeconds(-1.1), $"came {due - DateTime.UtcNow} early");
        Assert.Equal((MessageType.Delay, due.Second), (got.SystemProperties.MessageType, got.SystemProperties.DeliveryTimestamp.ToDateTime().Second));
    }

    [Fact]
    public async Task A_recalled_message_does_not_come()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync("DELAY");
        var due = Timestamp.FromDateTime(DateTime.UtcNow.AddSeconds(4));
        var dropped = Assert.Single(await caller.SentAsync(Caller.Text(topic, "dropped", system => system.DeliveryTimestamp = due)));
        await caller.SentAsync(Caller.Text(topic, "kept", system => system.DeliveryTimestamp = due));
        var recalled = await caller.Service.RecallMessageAsync(new RecallMessageRequest { Topic = Caller.Named(topic), RecallHandle = dropped.RecallHandle }, caller.Options());
        Assert.Equal((Code.Ok, dropped.MessageId), (recalled.Status.Code, recalled.MessageId));
        Assert.Equal("kept", Assert.Single(await caller.ReceivedAsync(topic, await _cluster.GroupAsync(), 1)).Body.ToStringUtf8());

        var forged = await caller.Service.RecallMessageAsync(new RecallMessageRequest { Topic = Caller.Named(topic), RecallHandle = "nonsense" }, caller.Options());
        Assert.Equal((Code.InternalServerError, "recall handle is invalid"), (forged.Status.Code, forged.Status.Message));
        var otherKind = await caller.Service.RecallMessageAsync(new RecallMessageRequest { Topic = Caller.Named(await _cluster.TopicAsync()), RecallHandle = dropped.RecallHandle }, caller.Options());
        Assert.Equal(Code.MessagePropertyConflictWithType, otherKind.Status.Code);
    }

    [Fact]
    public async Task The_first_message_makes_its_topic_where_brokers_do_so()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = $"Born-{Guid.NewGuid():N}";
        await caller.SentAsync(Caller.Text(topic, "first"));
        await Eventually.TrueAsync("a route", async () => await _cluster.Admin.GetRouteAsync(topic, ProxyCluster.Ct) is not null);
        Assert.Equal("first", Assert.Single(await caller.ReceivedAsync(topic, await _cluster.GroupAsync(), 1)).Body.ToStringUtf8());
    }

    [Fact]
    public async Task A_topic_takes_only_its_kind_until_that_is_changed()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync("FIFO");
        var refused = await caller.SendAsync(Caller.Text(topic, "plain"));
        Assert.Equal((Code.MessagePropertyConflictWithType, "TopicMessageType validate failed, the expected type is FIFO, but actual type is NORMAL"), (refused.Status.Code, refused.Status.Message));
        var normal = await caller.SendAsync(Caller.Text(await _cluster.TopicAsync(), "half", static system => system.MessageType = MessageType.Transaction));
        Assert.Equal(Code.MessagePropertyConflictWithType, normal.Status.Code);

        var config = new Protocol.Bodies.TopicConfig { TopicName = topic, ReadQueueNums = 1, WriteQueueNums = 1, Attributes = new(StringComparer.Ordinal) { ["message.type"] = "NORMAL" } };
        await _cluster.Admin.Topics.CreateOrUpdateAsync(config, null, ProxyCluster.Ct);
        await Eventually.TrueAsync("the new kind to count", async () => (await caller.SendAsync(Caller.Text(topic, "plain"))).Status.Code == Code.Ok);
    }

    public static TheoryData<string> WrongMessages => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(WrongMessages))]
    public async Task A_message_that_can_t_be_is_refused(string what)
    {
        using var caller = new Caller(_cluster.Proxy);
        var (spoil, code, message) = Wrong[what];
        var spoilt = Caller.Text("AnyTopic", "body");
        spoil(spoilt);
        var response = await caller.SendAsync(spoilt);
        Assert.Equal((code, message), (response.Status.Code, response.Status.Message));
    }

    [Fact]
    public async Task A_request_without_messages_or_of_two_topics_is_refused()
    {
        using var caller = new Caller(_cluster.Proxy);
        var none = await caller.SendAsync();
        Assert.Equal((Code.MessageCorrupted, "no message to send"), (none.Status.Code, none.Status.Message));
        var two = await caller.SendAsync(Caller.Text("One", "1"), Caller.Text("Two", "2"));
        Assert.Equal((Code.MessageCorrupted, "topic in message is not same"), (two.Status.Code, two.Status.Message));
    }
}
