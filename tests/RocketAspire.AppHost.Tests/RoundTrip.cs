using System.Text;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.TestSupport;
using MessageQueue = RocketAspire.Client.MessageQueue;

namespace RocketAspire.AppHost.Tests;

/// <summary>Messages through each master, by the client's bottom floor.</summary>
internal static class RoundTrip
{
    public const string Topic = "RoundTrip";

    /// <summary>Sends one message to each master and reads it back there.</summary>
    /// <returns>The masters that took part.</returns>
    public static async Task<IReadOnlyList<string>> SendToEachMasterAsync(string nameServers, string text, CancellationToken ct)
    {
        await using var connection = RocketMQConnection.Create(nameServers);
        return await SendToEachMasterAsync(connection, text, ct);
    }

    /// <inheritdoc cref="SendToEachMasterAsync(string, string, CancellationToken)"/>
    public static async Task<IReadOnlyList<string>> SendToEachMasterAsync(RocketMQConnection connection, string text, CancellationToken ct)
    {
        var sender = new MessageSender(connection);
        var masters = new List<string>();
        foreach (var (name, address) in await MastersAsync(connection, ct))
        {
            await new RocketMQAdmin(connection).CreateTopicAsync(address, new TopicConfig { TopicName = Topic, ReadQueueNums = 1, WriteQueueNums = 1, Perm = PermName.ReadWrite }, ct);
            var sent = await sender.SendAsync(address, new MessageQueue(Topic, name, 0), new RocketMQMessage { Topic = Topic, Body = Encoding.UTF8.GetBytes(text) }, ct);
            Assert.Equal(SendStatus.Ok, sent.Status);
            masters.Add(name);
        }
        foreach (var name in masters) Assert.Contains(text, await ReadAsync(connection, name, ct));
        return masters;
    }

    /// <summary>Everything in the queue of each master.</summary>
    public static async Task<IReadOnlyList<string>> ReadAllAsync(string nameServers, CancellationToken ct)
    {
        await using var connection = RocketMQConnection.Create(nameServers);
        var all = new List<string>();
        foreach (var (name, _) in await MastersAsync(connection, ct)) all.AddRange(await ReadAsync(connection, name, ct));
        return all;
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(RocketMQConnection connection, string master, CancellationToken ct)
    {
        var address = (await MastersAsync(connection, ct)).Single(m => m.Name == master).Address;
        PullResult? pulled = null;
        await Eventually.TrueAsync($"{master} gives a message back", async () =>
        {
            pulled = await new MessagePuller(connection).PullAsync(address, Topic, 0, 0, cancellationToken: ct);
            return pulled.Messages.Count > 0;
        });
        return [.. pulled!.Messages.Select(m => Encoding.UTF8.GetString(m.Body.Span))];
    }

    private static async Task<IReadOnlyList<(string Name, string Address)>> MastersAsync(RocketMQConnection connection, CancellationToken ct)
    {
        var info = await new RocketMQAdmin(connection).GetClusterInfoAsync(ct);
        return [.. info.BrokerAddrTable.Select(g => (g.Key, g.Value.BrokerAddrs[0]))];
    }
}
