using System.Collections.Concurrent;
using System.Text;
using RocketAspire.Client;
using RocketAspire.Hosting.Topology;
using RocketAspire.Remoting;

namespace RocketAspire.AppHost.Tests.Failover;

/// <summary>
/// Consumers that follow each queue of a topic from its start, one after the other message, at the master or, when that can't be
/// reached, at any other node of its group, as RocketMQ's do.
/// </summary>
internal sealed class Consumers : IAsyncDisposable
{
    private static readonly TimeSpan Suspend = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(50);

    private readonly RocketMQConnection _connection;
    private readonly string _topic;
    private readonly CancellationTokenSource _enough = new();
    private readonly ConcurrentDictionary<Place, string> _read = new();
    private readonly ConcurrentDictionary<string, int> _readAt = new();
    private readonly List<Task> _running = [];

    private Consumers(ClusterTopology cluster, string topic)
    {
        _connection = RocketMQConnection.Create(cluster.NameServerList);
        _topic = topic;
    }

    public IReadOnlyDictionary<Place, string> Read => _read;

    public static Consumers Start(ClusterTopology cluster, string topic, int queues)
    {
        var consumers = new Consumers(cluster, topic);
        foreach (var group in cluster.Brokers.GroupBy(b => b.BrokerName, StringComparer.Ordinal))
        {
            List<string> addresses = [.. group.Select(b => b.LeaderAddress).OfType<string>().Distinct(), .. group.Select(b => b.Address)];
            for (var queue = 0; queue < queues; queue++)
            {
                var id = queue;
                consumers._running.Add(Task.Run(() => consumers.FollowAsync(group.Key, addresses, id)));
            }
        }

        return consumers;
    }

    /// <summary>Messages that came from this node.</summary>
    public int ReadAt(string address) => _readAt.GetValueOrDefault(address);

    /// <summary>Waits until everything acknowledged so far was read, each at its place.</summary>
    public Task CaughtUpAsync(IReadOnlyDictionary<Place, Acknowledged> acknowledged, string? broker = null)
    {
        var places = acknowledged.Keys.Where(p => broker is null || p.Broker == broker).ToList();
        Place? missing = null;
        return TestSupport.Eventually.TrueAsync($"consumers to read the {places.Count} messages acknowledged{(broker is null ? "" : " by " + broker)}", () =>
        {
            if (missing is { } one && !_read.ContainsKey(one)) return false;
            missing = places.Cast<Place?>().FirstOrDefault(p => !_read.ContainsKey(p!.Value));
            return missing is null;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_running);
        await _connection.DisposeAsync();
        _enough.Dispose();
    }

    private async Task FollowAsync(string broker, List<string> addresses, int queue)
    {
        var puller = new MessagePuller(_connection);
        long next = 0;
        var at = 0;
        while (!_enough.IsCancellationRequested)
        {
            try
            {
                var pulled = await puller.PullAsync(addresses[at], _topic, queue, next, 32, Suspend, cancellationToken: _enough.Token);
                foreach (var message in pulled.Messages)
                {
                    var text = Encoding.UTF8.GetString(message.Body.Span);
                    Assert.True(message.QueueOffset == next, $"{addresses[at]} gave message {message.QueueOffset} of queue {queue} where {next} was asked for");
                    Assert.True(_read.TryAdd(new Place(broker, queue, next), text), "a place was read twice");
                    _readAt.AddOrUpdate(addresses[at], 1, static (_, count) => count + 1);
                    next++;
                }

                // As RocketMQ's consumers, the master is asked again next.
                at = 0;
            }
            catch (Exception e) when (e is RocketMQException or RemotingConnectException or RemotingSendException or RemotingTimeoutException)
            {
                at = (at + 1) % addresses.Count;
                if (at == 0) await Task.Delay(AfterFailure, CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
