using Google.Protobuf.WellKnownTypes;
using RocketAspire.Protocol.Messages;
using RocketAspire.Proxy.V2;
using RocketAspire.TestSupport;

namespace RocketAspire.Proxy.Tests;

public sealed class ReceiveMessageTests(SharedCluster shared)
{
    private readonly ProxyCluster _cluster = shared.Cluster;

    [Fact]
    public async Task A_message_that_comes_while_somebody_waits_is_handed_over_at_once()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync();
        var waiting = caller.ReceiveAsync(Caller.Receive(topic, await _cluster.GroupAsync(), static request => request.LongPollingTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(15))));
        await Task.WhenAny(waiting, Task.Delay(300, ProxyCluster.Ct));
        Assert.False(waiting.IsCompleted);
        var sentAt = DateTime.UtcNow;
        await caller.SentAsync(Caller.Text(topic, "now"));
        var (status, messages, hasTime) = await waiting;
        Assert.Equal((Code.Ok, true, "now"), (status.Code, hasTime, Assert.Single(messages).Body.ToStringUtf8()));
        Assert.True(DateTime.UtcNow - sentAt < TimeSpan.FromSeconds(5), $"took {DateTime.UtcNow - sentAt}");
    }

    [Fact]
    public async Task Where_nothing_comes_that_is_the_answer()
    {
        using var caller = new Caller(_cluster.Proxy);
        var (status, messages, hasTime) = await caller.ReceiveAsync(Caller.Receive(await _cluster.TopicAsync(), await _cluster.GroupAsync()));
        Assert.Equal((Code.MessageNotFound, "no new message", true), (status.Code, status.Message, hasTime));
        Assert.Empty(messages);
    }

    [Fact]
    public async Task What_is_acknowledged_does_not_come_again_and_the_rest_does()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync();
        var group = await _cluster.GroupAsync();
        await caller.SentAsync(Caller.Text(topic, "done"), Caller.Text(topic, "again"));
        var got = await caller.ReceivedAsync(topic, group, 2, Briefly);
        var done = got.Single(static m => m.Body.ToStringUtf8() == "done").SystemProperties;
        var ack = await caller.AckAsync(topic, group, (done.MessageId, done.ReceiptHandle));
        Assert.Equal((Code.Ok, Code.Ok), (ack.Status.Code, Assert.Single(ack.Entries).Status.Code));

        var second = Assert.Single(await caller.ReceivedAsync(topic, group, 1, Briefly));
        Assert.Equal(("again", 2, topic), (second.Body.ToStringUtf8(), second.SystemProperties.DeliveryAttempt, second.Topic.Name));
        Assert.Equal(Code.Ok, (await caller.AckAsync(topic, group, (second.SystemProperties.MessageId, second.SystemProperties.ReceiptHandle))).Status.Code);

        // The first delivery's handle is over by now.
        var late = got.Single(static m => m.Body.ToStringUtf8() == "again").SystemProperties;
        var expired = await caller.AckAsync(topic, group, (late.MessageId, late.ReceiptHandle));
        Assert.Equal((Code.InvalidReceiptHandle, "receipt handle is expired"), (expired.Status.Code, expired.Entries[0].Status.Message));
    }

    [Fact]
    public async Task Invisibility_is_changed_and_the_handle_with_it()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync();
        var group = await _cluster.GroupAsync();
        await caller.SentAsync(Caller.Text(topic, "soon"));
        var first = Assert.Single(await caller.ReceivedAsync(topic, group, 1)).SystemProperties;
        var changed = await ChangeAsync(caller, topic, group, first, 1);
        Assert.Equal(Code.Ok, changed.Status.Code);
        Assert.NotEqual(first.ReceiptHandle, changed.ReceiptHandle);
        var again = Assert.Single(await caller.ReceivedAsync(topic, group, 1));
        Assert.Equal(2, again.SystemProperties.DeliveryAttempt);

        var tooLong = await ChangeAsync(caller, topic, group, again.SystemProperties, 13 * 3600);
        Assert.Equal((Code.IllegalInvisibleTime, "the invisibleTime is too large. max is 43200000"), (tooLong.Status.Code, tooLong.Status.Message));
        var negative = await ChangeAsync(caller, topic, group, again.SystemProperties, -1);
        Assert.Equal((Code.IllegalInvisibleTime, "the invisibleTime is too small. min is 0"), (negative.Status.Code, negative.Status.Message));
    }

    [Fact]
    public async Task A_message_that_is_given_up_goes_to_the_dead_letters()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync();
        var group = await _cluster.GroupAsync();
        await caller.SentAsync(Caller.Text(topic, "poison"));
        var got = Assert.Single(await caller.ReceivedAsync(topic, group, 1)).SystemProperties;
        var response = await caller.Service.ForwardMessageToDeadLetterQueueAsync(
            new ForwardMessageToDeadLetterQueueRequest { Topic = Caller.Named(topic), Group = Caller.Named(group), MessageId = got.MessageId, ReceiptHandle = got.ReceiptHandle }, caller.Options());
        Assert.Equal(Code.Ok, response.Status.Code);
        await Eventually.TrueAsync("a dead letter", async () => (await _cluster.Admin.Topics.GetStatusAsync(TopicNames.Dlq(group), ProxyCluster.Ct)).Sum(static queue => queue.Value.MaxOffset) == 1);
    }

    [Fact]
    public async Task After_the_last_attempt_a_message_goes_to_the_dead_letters()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync();
        var group = await _cluster.GroupAsync(static config => config with { RetryMaxTimes = 0 });
        await caller.SentAsync(Caller.Text(topic, "once"));
        var got = Assert.Single(await caller.ReceivedAsync(topic, group, 1)).SystemProperties;
        Assert.Equal(Code.Ok, (await ChangeAsync(caller, topic, group, got, 1)).Status.Code);
        await Eventually.TrueAsync("a dead letter", async () =>
        {
            var (status, messages, _) = await caller.ReceiveAsync(Caller.Receive(topic, group));
            Assert.Equal((Code.MessageNotFound, 0), (status.Code, messages.Count));
            return (await _cluster.Admin.Topics.GetStatusAsync(TopicNames.Dlq(group), ProxyCluster.Ct)).Sum(static queue => queue.Value.MaxOffset) == 1;
        });
    }

    [Fact]
    public async Task An_ordered_group_gets_the_next_only_when_those_before_are_done()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync("FIFO");
        var group = await _cluster.GroupAsync(static config => config with { ConsumeMessageOrderly = true });
        for (var i = 0; i < 3; i++) await caller.SentAsync(Caller.Text(topic, $"m{i}", static system => system.MessageGroup = "g"));
        for (var i = 0; i < 3; i++)
        {
            var got = Assert.Single(await caller.ReceivedAsync(topic, group, 1, static request => request.BatchSize = 1));
            Assert.Equal(($"m{i}", MessageType.Fifo, "g"), (got.Body.ToStringUtf8(), got.SystemProperties.MessageType, got.SystemProperties.MessageGroup));
            if (i == 0) Assert.Equal(Code.MessageNotFound, (await caller.ReceiveAsync(Caller.Receive(topic, group))).Status.Code);
            Assert.Equal(Code.Ok, (await caller.AckAsync(topic, group, (got.SystemProperties.MessageId, got.SystemProperties.ReceiptHandle))).Status.Code);
        }
    }

    [Fact]
    public async Task Filters_choose_by_tag_and_by_property()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync();
        var red = Caller.Text(topic, "red", static system => system.Tag = "red");
        red.UserProperties["size"] = "7";
        await caller.SentAsync(Caller.Text(topic, "blue", static system => system.Tag = "blue"), red);
        Assert.Equal("red", Assert.Single(await caller.ReceivedAsync(topic, await _cluster.GroupAsync(), 1, static r => r.FilterExpression.Expression = "red || green")).Body.ToStringUtf8());
        Assert.Equal("red", Assert.Single(await caller.ReceivedAsync(topic, await _cluster.GroupAsync(), 1, static r => r.FilterExpression = new() { Type = FilterType.Sql, Expression = "size > 5" })).Body.ToStringUtf8());
    }

    [Fact]
    public async Task What_can_t_be_received_is_refused()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync();
        var group = await _cluster.GroupAsync();
        await RefusedAsync(Code.IllegalInvisibleTime, "the invisibleTime is too small. min is 10000", static r => r.InvisibleDuration = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)));
        await RefusedAsync(Code.IllegalConsumerGroup, "the specified group is blank", static r => r.Group = null);
        await RefusedAsync(Code.IllegalTopic, "The specified topic is blank", static r => r.MessageQueue = null);
        await RefusedAsync(Code.IllegalFilterExpression, "subString split error", static r => r.FilterExpression.Expression = "||");
        await RefusedAsync(Code.IllegalPollingTime, "The deadline time remaining is not enough for polling, please check network condition", static _ => { }, seconds: 3);
        await RefusedAsync(Code.TopicNotFound, "No topic route info in name server for the topic: Unborn", static r => r.MessageQueue.Topic = Caller.Named("Unborn"));

        async Task RefusedAsync(Code code, string message, Action<ReceiveMessageRequest> spoil, int seconds = 20)
        {
            var (status, messages, _) = await caller.ReceiveAsync(Caller.Receive(topic, group, spoil), seconds);
            Assert.Equal((code, message), (status.Code, status.Message));
            Assert.Empty(messages);
        }
    }

    [Fact]
    public async Task A_forged_handle_is_told_from_a_good_one()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync();
        var group = await _cluster.GroupAsync();
        await caller.SentAsync(Caller.Text(topic, "one"));
        var got = Assert.Single(await caller.ReceivedAsync(topic, group, 1)).SystemProperties;
        var foreign = string.Join(' ', got.ReceiptHandle.Split(' ').Select(static (part, index) => index == 5 ? "broker-z" : part));
        var response = await caller.AckAsync(topic, group, ("x", "nonsense"), ("y", foreign), (got.MessageId, got.ReceiptHandle));
        Assert.Equal(Code.MultipleResults, response.Status.Code);
        Assert.Equal([Code.InvalidReceiptHandle, Code.InvalidReceiptHandle, Code.Ok], response.Entries.Select(static entry => entry.Status.Code));
        Assert.Equal("cannot find broker broker-z", response.Entries[1].Status.Message);
        Assert.Equal((Code.InternalServerError, "ack message result is empty"), await EmptyAsync());

        async Task<(Code, string)> EmptyAsync()
        {
            var status = (await caller.AckAsync(topic, group)).Status;
            return (status.Code, status.Message);
        }
    }

    private static void Briefly(ReceiveMessageRequest request) => request.InvisibleDuration = Duration.FromTimeSpan(TimeSpan.FromSeconds(10));

    private static async Task<ChangeInvisibleDurationResponse> ChangeAsync(Caller caller, string topic, string group, SystemProperties message, int seconds) =>
        await caller.Service.ChangeInvisibleDurationAsync(
            new ChangeInvisibleDurationRequest
            {
                Topic = Caller.Named(topic),
                Group = Caller.Named(group),
                MessageId = message.MessageId,
                ReceiptHandle = message.ReceiptHandle,
                InvisibleDuration = Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds)),
            },
            caller.Options());
}
