using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Scenarios.Tests;

public sealed class TransactionScenarios(Cluster cluster)
{
    [Fact]
    public async Task A_commit_shows_its_message_and_a_rollback_does_not()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var dropped = await SendHalfAsync(scenario, topic, "dropped", "producers");
        var kept = await SendHalfAsync(scenario, topic, "kept", "producers");
        Assert.Equal(0, await scenario.Admin.GetMaxOffsetAsync(scenario.Broker, topic, 0, Scenario.Ct));
        await scenario.DemandAsync(RequestCode.EndTransaction, End(dropped, MessageSysFlag.TransactionRollback).ToExtFields());
        await scenario.DemandAsync(RequestCode.EndTransaction, End(kept, MessageSysFlag.TransactionCommit).ToExtFields());
        var message = Assert.Single(await scenario.PulledAsync(topic, 1));
        Assert.Equal(("kept", "a"), (Scenario.Text(message), Scenario.Property(message, MessageProperties.Tags)));
    }

    [Fact]
    public async Task A_half_message_without_an_end_is_asked_about()
    {
        var waits = cluster.Milliseconds("transactionTimeOut") + cluster.Milliseconds("transactionCheckInterval");
        Assert.SkipUnless(waits <= 8000, $"the broker asks back after {waits} ms only (transactionTimeOut, transactionCheckInterval)");
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var group = "producers-" + topic;
        var asked = new Calls(RequestCode.CheckTransactionState, (connection, request) =>
        {
            var check = Scenario.Read<CheckTransactionStateRequestHeader>(request);
            var end = new EndTransactionRequestHeader
            {
                ProducerGroup = group,
                TranStateTableOffset = check.TranStateTableOffset,
                CommitLogOffset = check.CommitLogOffset,
                CommitOrRollback = MessageSysFlag.TransactionCommit,
                FromTransactionCheck = true,
                MsgId = check.MsgId ?? "",
            };
            connection.SendOneway(RemotingCommand.CreateRequest(RequestCode.EndTransaction, end.ToExtFields()));
            return null;
        });
        await scenario.HeartbeatAsync(scenario.NewClient(asked), "p-" + topic, consumerGroup: null, producerGroup: group);
        await SendHalfAsync(scenario, topic, "asked", group);
        Assert.Equal("asked", Scenario.Text(Assert.Single(await scenario.PulledAsync(topic, 1))));
        Assert.True(MessageRecordCodec.TryDecode(asked.Seen.First().Body.Span, out var half));
        Assert.Equal("asked", Scenario.Text(half!));
    }

    private static async Task<SendMessageResponseHeader> SendHalfAsync(Scenario scenario, string topic, string body, string group)
    {
        var properties = Scenario.Properties(("TRAN_MSG", "true"), ("PGROUP", group), ("UNIQ_KEY", Guid.NewGuid().ToString("N")), ("TAGS", "a"));
        var header = Scenario.SendHeader(topic, properties, group) with { SysFlag = MessageSysFlag.TransactionPrepared };
        var answer = await scenario.SendFrameAsync(header, Scenario.Bytes(body));
        Assert.Equal((ResponseCode.Success, null), (answer.Code, answer.Remark));
        return Scenario.Read<SendMessageResponseHeader>(answer);
    }

    private static EndTransactionRequestHeader End(SendMessageResponseHeader half, int how)
    {
        Assert.True(MessageId.TryParse(half.MsgId, out _, out var offset));
        return new() { ProducerGroup = "producers", TranStateTableOffset = half.QueueOffset, CommitLogOffset = offset, CommitOrRollback = how, MsgId = half.MsgId };
    }
}
