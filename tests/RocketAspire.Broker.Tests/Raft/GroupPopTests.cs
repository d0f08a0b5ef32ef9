using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Broker.Tests.Popping;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft;

/// <summary>Popped messages while the lead of a DLedger group moves.</summary>
public sealed class GroupPopTests
{
    private const string Topic = "T";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_next_leader_knows_who_has_which_message()
    {
        await using var group = await TestGroup.StartAsync(change: static o => o with { Pop = PopTests.QuickPop });
        await using var client = new RemotingClient(new RemotingClientOptions(), NullLoggerFactory.Instance);
        var leader = await group.LedAsync();
        await AskAsync(client, leader, RequestCode.UpdateAndCreateSubscriptiongroup, null, new SubscriptionGroupConfig { GroupName = PopClient.Group }.Encode());
        await group.SentAsync("m", 6);
        var popped = PopClient.Read(await PoppedAsync(client, leader, max: 4, invisibleMs: 6_000));
        Assert.Equal(4, popped.Count);
        Assert.Equal(0, (await AckAsync(client, leader, popped[0])).Code);
        var revive = PopTopics.ReviveLog("DefaultCluster");
        await Eventually.TrueAsync("the other nodes have it in their queues", () => group.Running.All(node => node.Broker!.Store.Queues
            .Where(queue => queue.Topic == revive).Sum(queue => node.Broker.Store.QueueBounds(revive, queue.QueueId).Max) == 2));

        var term = leader.Broker!.RaftStatus!.Term;
        await leader.KillAsync();
        var next = await group.LedAsync(term);
        Assert.Equal(["m4", "m5"], PopClient.Read(await PoppedAsync(client, next, max: 32, invisibleMs: 60_000)).Select(static m => m.Text));
        Assert.Equal(0, (await AckAsync(client, next, popped[1])).Code);
        Assert.Equal(0, (await AckAsync(client, next, popped[3])).Code);
        var again = Assert.Single(PopClient.Read(await PoppedAsync(client, next, max: 32, invisibleMs: 60_000)));
        Assert.Equal(("m2", 1), (again.Text, again.Record.ReconsumeTimes));
    }

    [Fact]
    public async Task A_follower_hands_out_nothing()
    {
        await using var group = await TestGroup.StartAsync();
        await using var client = new RemotingClient(new RemotingClientOptions(), NullLoggerFactory.Instance);
        var leader = await group.LedAsync();
        await AskAsync(client, leader, RequestCode.UpdateAndCreateSubscriptiongroup, null, new SubscriptionGroupConfig { GroupName = PopClient.Group }.Encode());
        await group.SentAsync("m", 1);
        var follower = group.Nodes.First(node => node != leader);
        await Eventually.TrueAsync("the follower refuses", async () => (await PopAsync(client, follower, 1, 1000)).Code == ResponseCode.ServiceNotAvailable);
    }

    private static async Task<RemotingCommand> PoppedAsync(RemotingClient client, GroupNode node, int max, long invisibleMs)
    {
        RemotingCommand? response = null;
        await Eventually.TrueAsync("messages are popped", async () => (response = await PopAsync(client, node, max, invisibleMs)).Code == ResponseCode.Success);
        return response!;
    }

    private static Task<RemotingCommand> PopAsync(RemotingClient client, GroupNode node, int max, long invisibleMs) =>
        AskAsync(client, node, RequestCode.PopMessage, PopClient.PopHeader(Topic, queueId: 0, max: max, invisibleMs: invisibleMs).ToExtFields());

    private static Task<RemotingCommand> AckAsync(RemotingClient client, GroupNode node, Popped message) => AskAsync(
        client, node, RequestCode.AckMessage,
        new AckMessageRequestHeader
        {
            ConsumerGroup = PopClient.Group,
            Topic = PopClient.RealTopic(message, PopClient.Group),
            QueueId = message.Receipt.QueueId,
            ExtraInfo = message.Receipt.ToString(),
            Offset = message.Receipt.QueueOffset,
        }.ToExtFields());

    private static async Task<RemotingCommand> AskAsync(RemotingClient client, GroupNode node, int code, ExtFields? fields, byte[]? body = null) =>
        await client.InvokeAsync(node.Address, RemotingCommand.CreateRequest(code, fields, body), TestBroker.Long, Ct);
}
