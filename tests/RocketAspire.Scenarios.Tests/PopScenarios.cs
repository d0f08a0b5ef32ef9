using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Scenarios.Tests;

public sealed class PopScenarios(Cluster cluster)
{
    [Fact]
    public async Task A_popped_message_is_hidden_from_others_until_it_is_acknowledged()
    {
        await using var scenario = new Scenario(cluster);
        scenario.SkipWithoutPop();
        var topic = await scenario.TopicAsync();
        var group = await scenario.GroupAsync();
        await scenario.SendAsync(topic, "once");
        RemotingCommand? popped = null;
        await Eventually.TrueAsync("the message to be popped", async () => (popped = await PopAsync()).Code == ResponseCode.Success);
        var message = Assert.Single(MessageRecordCodec.DecodeAll(popped!.Body));
        Assert.Equal("once", Scenario.Text(message));
        var second = await PopAsync();
        Assert.False(second.Code == ResponseCode.Success, $"popped again: {second.ExtFields["msgOffsetInfo"]}, first as {popped.ExtFields["startOffsetInfo"]}");

        var header = Scenario.Read<PopMessageResponseHeader>(popped);
        var ack = new AckMessageRequestHeader
        {
            ConsumerGroup = group,
            Topic = topic,
            ExtraInfo = new PopReceipt(0, header.PopTime, header.InvisibleTime, header.ReviveQid, 0, cluster.BrokerName, 0, 0).ToString(),
        };
        await scenario.DemandAsync(RequestCode.AckMessage, ack.ToExtFields());

        Task<RemotingCommand> PopAsync() => scenario.AskAsync(
            RequestCode.PopMessage, new PopMessageRequestHeader { ConsumerGroup = group, Topic = topic, QueueId = 0, BornTime = Scenario.Now, InitMode = 0 }.ToExtFields());
    }
}
