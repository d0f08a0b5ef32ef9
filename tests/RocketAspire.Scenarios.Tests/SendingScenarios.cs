using System.IO.Compression;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Scenarios.Tests;

public sealed class SendingScenarios(Cluster cluster)
{
    [Fact]
    public async Task Messages_are_sent_and_pulled_in_order()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync(queues: 2);
        for (var i = 0; i < 3; i++)
        {
            var sent = await scenario.SendAsync(topic, $"m{i}", keys: ["k1", "k2"], properties: new() { ["colour"] = "red" }, queueId: 1);
            Assert.Equal((i, 1), (sent.QueueOffset, sent.Queue.QueueId));
        }

        var messages = await scenario.PulledAsync(topic, 3, queueId: 1);
        Assert.Equal(["m0", "m1", "m2"], messages.Select(Scenario.Text));
        Assert.All(messages, static message => Assert.Equal(("k1 k2", "red"), (Scenario.Property(message, "KEYS"), Scenario.Property(message, "colour"))));
        Assert.Equal((0, 3), (await scenario.Admin.GetMinOffsetAsync(scenario.Broker, topic, 1, Scenario.Ct), await scenario.Admin.GetMaxOffsetAsync(scenario.Broker, topic, 1, Scenario.Ct)));
    }

    [Fact]
    public async Task A_batch_becomes_single_messages()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var batch = Enumerable.Range(0, 3).Select(static i => new BatchMessage(i, Scenario.Bytes($"b{i}"), Scenario.Bytes(Scenario.Properties(("TAGS", $"t{i}"), ("UNIQ_KEY", $"u{i}"))))).ToList();
        var answer = await scenario.SendFrameAsync(Scenario.SendHeader(topic) with { Batch = true }, BatchMessageCodec.Encode(batch));
        Assert.Equal((ResponseCode.Success, 3), (answer.Code, answer.ExtFields["msgId"]!.Split(',').Length));
        var messages = await scenario.PulledAsync(topic, 3);
        Assert.Equal([("b0", 0, "t0"), ("b1", 1, "t1"), ("b2", 2, "t2")], messages.Select(static message => (Scenario.Text(message), message.Flag, Scenario.Property(message, "TAGS"))));
    }

    [Fact]
    public async Task A_one_way_message_arrives()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var id = await scenario.Sender.SendOnewayAsync(scenario.Broker, scenario.Queue(topic), new RocketMQMessage { Topic = topic, Body = Scenario.Bytes("fire") }, Scenario.Ct);
        var message = Assert.Single(await scenario.PulledAsync(topic, 1));
        Assert.Equal(("fire", id), (Scenario.Text(message), Scenario.Property(message, MessageProperties.UniqKey)));
    }

    [Fact]
    public async Task A_compressed_body_is_kept_as_it_was_sent()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(new byte[10_000]);
        var sysFlag = MessageSysFlag.Compressed | MessageSysFlag.CompressionZlib;
        var answer = await scenario.SendFrameAsync(Scenario.SendHeader(topic) with { SysFlag = sysFlag }, packed.ToArray());
        Assert.Equal((ResponseCode.Success, null), (answer.Code, answer.Remark));
        var message = Assert.Single(await scenario.PulledAsync(topic, 1));
        Assert.Equal((sysFlag, packed.Length), (message.SysFlag, message.Body.Length));
        Assert.Equal(packed.ToArray(), message.Body.ToArray());
    }

    [Fact]
    public async Task What_is_too_large_or_wrongly_named_is_refused_with_its_code()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        Assert.SkipUnless(cluster.Milliseconds("maxMessageSize") <= 8 * 1024 * 1024, "maxMessageSize is over 8 MiB");
        var large = new byte[cluster.Milliseconds("maxMessageSize") + 1];
        Assert.Equal(ResponseCode.MessageIllegal, (await scenario.SendFrameAsync(Scenario.SendHeader(topic), large)).Code);
        var properties = Scenario.Properties(("p", new string('x', short.MaxValue)));
        Assert.Equal(ResponseCode.MessageIllegal, (await scenario.SendFrameAsync(Scenario.SendHeader(topic, properties), [1])).Code);
        foreach (var wrong in new[] { new string('t', 128), "no blanks", "" })
        {
            Assert.Equal(ResponseCode.SystemError, (await scenario.SendFrameAsync(Scenario.SendHeader(wrong), [1])).Code);
        }

        Assert.Equal(0, await scenario.Admin.GetMaxOffsetAsync(scenario.Broker, topic, 0, Scenario.Ct));
    }

    [Fact]
    public async Task A_topics_permission_is_told_to_producers_and_held_against_consumers()
    {
        await using var scenario = new Scenario(cluster);
        var group = await scenario.GroupAsync();
        var readOnly = await scenario.TopicAsync(perm: PermName.Read);
        var writeOnly = await scenario.TopicAsync(perm: PermName.Write);
        Assert.Equal(PermName.Read, await PermissionAsync(readOnly));
        Assert.Equal(PermName.Write, await PermissionAsync(writeOnly));
        await scenario.SendAsync(writeOnly, "x");
        var answer = await scenario.AskAsync(RequestCode.PullMessage, scenario.PullHeader(writeOnly, group).ToExtFields());
        Assert.Equal((ResponseCode.NoPermission, $"the topic[{writeOnly}] pulling message is forbidden"), (answer.Code, answer.Remark));
        Assert.Equal(ResponseCode.PullNotFound, (await scenario.AskAsync(RequestCode.PullMessage, scenario.PullHeader(readOnly, group).ToExtFields())).Code);

        async Task<int> PermissionAsync(string topic) => Assert.Single((await scenario.Admin.GetRouteAsync(topic, Scenario.Ct))!.QueueDatas).Perm;
    }
}
