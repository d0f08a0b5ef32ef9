using RocketAspire.Chaos.Cluster;
using RocketAspire.Chaos.Load;
using RocketAspire.Client;
using RocketAspire.Remoting;

namespace RocketAspire.Chaos.Check;

/// <summary>Reads what is there in the end: queues by the protocol from each node, logs from disk.</summary>
internal sealed class FinalState(ChaosCluster cluster, RocketMQConnection connection, int seed)
{
    private const int Tries = 20;
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(200);

    private readonly MessagePuller _puller = new(connection, "chaos-checker");

    /// <summary>A node's whole queue.</summary>
    /// <exception cref="RocketMQException">It can't be read, however often it is tried.</exception>
    public async Task<IReadOnlyList<StoredMessage>> ReadQueueAsync(string address, int queueId)
    {
        var messages = new List<StoredMessage>();
        for (var offset = 0L; ;)
        {
            var pulled = await PullAsync(address, queueId, offset).ConfigureAwait(false);
            foreach (var message in pulled.Messages)
                messages.Add(new StoredMessage(message.QueueOffset, message.PhysicalOffset, MessageBody.TryRead(seed, message.Body.Span, out var tag) ? tag : null));
            if (pulled.NextBeginOffset <= offset || pulled.NextBeginOffset >= pulled.MaxOffset) return messages;
            offset = pulled.NextBeginOffset;
        }
    }

    /// <summary>All nodes' logs; the nodes are stopped.</summary>
    public IReadOnlyList<IReplicaLog> Logs(string group) =>
        [.. cluster.BrokersOf(group).Select(static b => new FileReplicaLog(b.Name, Path.Combine(b.Process.Store, "commitlog")))];

    private async Task<PullResult> PullAsync(string address, int queueId, long offset)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await _puller.PullAsync(address, ChaosTopology.TopicName, queueId, offset).ConfigureAwait(false);
            }
            catch (Exception e) when (tries < Tries && e is RocketMQException or RemotingConnectException or RemotingSendException or RemotingTimeoutException)
            {
                await Task.Delay(AfterFailure).ConfigureAwait(false);
            }
        }
    }
}
