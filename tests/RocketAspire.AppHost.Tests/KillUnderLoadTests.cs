using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Client;
using RocketAspire.Hosting;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Remoting;
using MessageQueue = RocketAspire.Client.MessageQueue;

namespace RocketAspire.AppHost.Tests;

/// <summary>Each node of the default cluster dies by SIGKILL while messages are sent, and comes back.</summary>
public sealed class KillUnderLoadTests
{
    private const string Topic = "KillUnderLoad";
    private const int Queues = 4;
    private const int BetweenKills = 500;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(20);

    // What was acknowledged, and where its answer said it stands.
    private readonly ConcurrentDictionary<(string Address, int QueueId, long Offset), string> _acknowledged = new();

    [Fact]
    public async Task Each_node_is_killed_under_load_and_every_acknowledged_message_is_where_its_answer_said()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var ct = limit.Token;
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.RocketAspire_AppHost>(["--port-offset", "auto"], ct);
        var cluster = builder.Resources.OfType<RocketMQClusterResource>().Single();
        await using var app = await builder.BuildAsync(ct);
        await app.StartAsync(ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", ct);
        await using var connection = RocketMQConnection.Create(cluster.Topology!.NameServerList);
        var masters = cluster.Topology.Brokers.Where(b => b.IsMaster).Select(b => (b.BrokerName, b.Address)).ToList();
        foreach (var (_, address) in masters)
            await new RocketMQAdmin(connection).CreateTopicAsync(address, new TopicConfig { TopicName = Topic, ReadQueueNums = Queues, WriteQueueNums = Queues, Perm = PermName.ReadWrite }, ct);

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var load = masters.SelectMany(m => Enumerable.Range(0, Queues).Select(q => SendAsync(connection, m.Address, new MessageQueue(Topic, m.BrokerName, q), enough.Token))).ToList();
        foreach (var node in cluster.Nodes) await KillAndRestartAsync(app, cluster, node, ct);
        await enough.CancelAsync();
        await Task.WhenAll(load);

        Assert.True(_acknowledged.Count > cluster.Nodes.Count * BetweenKills, $"only {_acknowledged.Count} messages were acknowledged");
        var wrong = new List<string>();
        foreach (var (_, address) in masters)
            for (var queue = 0; queue < Queues; queue++)
                await CompareAsync(connection, address, queue, wrong, ct);
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {_acknowledged.Count} acknowledged messages: {string.Join("; ", wrong.Take(5))}");
    }

    /// <summary>Kills a node once messages have gone through since the last kill, and waits until the cluster is whole again.</summary>
    private async Task KillAndRestartAsync(DistributedApplication app, RocketMQClusterResource cluster, IRocketMQNode node, CancellationToken ct)
    {
        var before = _acknowledged.Count;
        await TestSupport.Eventually.TrueAsync("messages to be acknowledged before the kill", () => _acknowledged.Count > before + BetweenKills);
        var process = Assert.Single(Signals.ProcessesWith(Path.Combine(cluster.DataPath, node.Name) + Path.DirectorySeparatorChar));
        Signals.Send(process, Signals.Kill);
        await app.ResourceNotifications.WaitForResourceAsync(node.Name, e => e.Snapshot.State?.Text == KnownResourceStates.Exited, ct);
        await app.ResourceCommands.ExecuteCommandAsync(node.Name, KnownResourceCommands.StartCommand, ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync(node.Name, ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", ct);
    }

    private async Task SendAsync(RocketMQConnection connection, string address, MessageQueue queue, CancellationToken ct)
    {
        var sender = new MessageSender(connection);
        for (var number = 0; !ct.IsCancellationRequested; number++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{queue.BrokerName}/{queue.QueueId}/{number}");
            try
            {
                var sent = await sender.SendAsync(address, queue, new RocketMQMessage { Topic = Topic, Body = Encoding.UTF8.GetBytes(text) }, ct);
                // Codes 10, 11 and 12 mean stored, but not safe: not acknowledged.
                if (sent.IsAcknowledged) Assert.True(_acknowledged.TryAdd((address, sent.Queue.QueueId, sent.QueueOffset), text), $"the place of {text} was given twice");
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is RocketMQException or RemotingConnectException or RemotingSendException or RemotingTimeoutException)
            {
                // The node is dead or not ready: what a producer would try elsewhere is tried here again, as another message.
                await Task.Delay(RetryPause, TimeProvider.System, CancellationToken.None);
            }
        }
    }

    private async Task CompareAsync(RocketMQConnection connection, string address, int queueId, List<string> wrong, CancellationToken ct)
    {
        var puller = new MessagePuller(connection);
        var expected = _acknowledged.Where(a => a.Key.Address == address && a.Key.QueueId == queueId).ToDictionary(a => a.Key.Offset, a => a.Value);
        var last = expected.Count == 0 ? -1 : expected.Keys.Max();
        for (long offset = 0; offset <= last;)
        {
            var pulled = await puller.PullAsync(address, Topic, queueId, offset, 32, cancellationToken: ct);
            if (pulled.Messages.Count == 0) break;
            foreach (var message in pulled.Messages)
            {
                if (expected.Remove(message.QueueOffset, out var text) && text != Encoding.UTF8.GetString(message.Body.Span)) wrong.Add($"at {message.QueueOffset} of {address}/{queueId} stands another than {text}");
                offset = message.QueueOffset + 1;
            }
        }

        wrong.AddRange(expected.Select(e => $"{e.Value} is missing at {e.Key} of {address}/{queueId}"));
    }
}
