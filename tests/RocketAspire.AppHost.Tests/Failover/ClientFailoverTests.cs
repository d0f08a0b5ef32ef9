using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using RocketAspire.Client;
using RocketAspire.TestSupport;

namespace RocketAspire.AppHost.Tests.Failover;

/// <summary>The client's producer and consumers, as applications use them, while nodes die and come back under load.</summary>
public sealed class ClientFailoverTests() : FailoverTests(TimeSpan.FromSeconds(15))
{
    [Theory]
    [InlineData("2m-2s-sync")]
    [InlineData("2m-2s-async")]
    [InlineData("dledger")]
    public async Task What_a_producer_sent_consumers_get_while_nodes_die_and_return(string topology)
    {
        await using var cluster = await StartAsync(topology);
        await using var load = await ClientLoad.StartAsync(cluster, Topic, Senders);
        var (shared, ordered) = (new Inbox(), new Inbox());
        await using var first = await RocketMQConsumer.StartAsync(Options(cluster, "shared"), shared.HandleAsync, cluster.Ct);
        await using var second = await RocketMQConsumer.StartAsync(Options(cluster, "shared"), shared.HandleAsync, cluster.Ct);
        // A new leader grants no queue locks for a minute.
        await using var inOrder = topology == "dledger" ? null : await RocketMQConsumer.StartAsync(Options(cluster, "ordered") with { Orderly = true }, ordered.HandleAsync, cluster.Ct);
        await load.MoreAsync(Some);

        var master = topology == "dledger" ? await LeaderAsync(cluster) : "broker-a";
        await cluster.KillAsync(master);
        var known = load.Acknowledged;
        await load.MoreAsync(Some);
        if (topology == "2m-2s-sync")
        {
            // What the killed master acknowledged its slave has.
            var late = new Inbox();
            await using var lateConsumer = await RocketMQConsumer.StartAsync(Options(cluster, "late"), late.HandleAsync, cluster.Ct);
            await late.HasAsync("the late group", known);
        }

        await cluster.StartAsync(master);
        await cluster.HealthyAsync();
        await load.MoreAsync(Some);
        var other = topology == "dledger" ? await LeaderAsync(cluster) : "broker-b-s";
        await cluster.KillAsync(other);
        await load.MoreAsync(Some);
        await cluster.StartAsync(other);
        await cluster.HealthyAsync();
        await load.MoreAsync(Some);
        await load.StopAsync();

        await shared.HasAsync("the shared group", load.Acknowledged);
        if (inOrder is not null)
        {
            await ordered.HasAsync("the ordered group", load.Acknowledged);
            ordered.AssertOrder();
        }

        Report($"{topology}: sent {load.Acknowledged.Count}, not acknowledged {load.Failures}, longest send {load.Longest.TotalMilliseconds:0} ms; "
            + $"duplicates: shared {shared.Duplicates}{(inOrder is null ? "" : $", ordered {ordered.Duplicates}")}");
        Assert.True(load.Longest < TimeSpan.FromSeconds(15), $"a send took {load.Longest.TotalMilliseconds:0} ms");
    }

    private static RocketMQConsumerOptions Options(FailoverCluster cluster, string group) => new()
    {
        NameServers = cluster.Topology.NameServerList,
        Group = group,
        Subscriptions = [Topic],
        ConsumeFromWhere = ConsumeFromWhere.FirstOffset,
    };

    private static async Task<string> LeaderAsync(FailoverCluster cluster)
    {
        string? leader = null;
        await Eventually.TrueAsync("a leader to be registered", async () =>
        {
            var seen = (await cluster.Admin.GetClusterInfoAsync(cluster.Ct)).BrokerAddrTable["broker-a"].BrokerAddrs;
            leader = seen.ContainsKey(0) ? cluster.Topology.Brokers.Where((_, i) => !seen.ContainsKey(i + 1)).Select(static b => b.Name).FirstOrDefault() : null;
            return leader is not null;
        });
        return leader!;
    }

    /// <summary>Senders that each send one message after the other, numbered, under a key of their own.</summary>
    private sealed class ClientLoad : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, bool> _acknowledged = new(StringComparer.Ordinal);
        private readonly CancellationTokenSource _stop = new();
        private readonly RocketMQProducer _producer;
        private readonly CancellationToken _ct;
        private readonly Task _senders;
        private long _longestTicks;
        private int _failures;
        private volatile string _lastFailure = "none";

        private ClientLoad(RocketMQProducer producer, string topic, int senders, CancellationToken ct)
        {
            _producer = producer;
            _ct = ct;
            _senders = Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(() => SendAsync(topic, sender), ct)));
        }

        public IReadOnlyCollection<string> Acknowledged => [.. _acknowledged.Keys];

        public int Failures => _failures;

        public TimeSpan Longest => TimeSpan.FromTicks(Volatile.Read(ref _longestTicks));

        public static async Task<ClientLoad> StartAsync(FailoverCluster cluster, string topic, int senders) =>
            new(await RocketMQProducer.StartAsync(new() { NameServers = cluster.Topology.NameServerList, Group = "load" }, cluster.Ct), topic, senders, cluster.Ct);

        public async Task MoreAsync(int count)
        {
            var before = _acknowledged.Count;
            try
            {
                await Eventually.TrueAsync($"{count} more messages", async () =>
                {
                    if (_senders.IsFaulted) await _senders;
                    return _acknowledged.Count >= before + count;
                });
            }
            catch (TimeoutException e)
            {
                throw new TimeoutException($"{e.Message}; {_acknowledged.Count - before} came, {_failures} were not acknowledged, at last: {_lastFailure}", e);
            }
        }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _senders.WaitAsync(Eventually.Limit, _ct);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _producer.DisposeAsync();
            _stop.Dispose();
        }

        private void NoteFailure(string why)
        {
            Interlocked.Increment(ref _failures);
            _lastFailure = why;
        }

        private async Task SendAsync(string topic, int sender)
        {
            for (var number = 0; !_stop.IsCancellationRequested; number++)
            {
                var text = string.Create(CultureInfo.InvariantCulture, $"{sender}-{number}");
                var watch = Stopwatch.GetTimestamp();
                try
                {
                    // Half of them go round all queues, half stay in one.
                    var message = new RocketMQMessage(topic, Encoding.UTF8.GetBytes(text)) { ShardingKey = sender % 2 == 0 ? null : $"key-{sender}" };
                    var result = await _producer.SendAsync(message, _ct);
                    if (result.IsAcknowledged) _acknowledged[text] = true;
                    else NoteFailure(result.ToString());
                }
                catch (RocketMQException e)
                {
                    NoteFailure(e.Message);
                    await Task.Delay(20, _ct);
                }

                var took = Stopwatch.GetElapsedTime(watch).Ticks;
                for (var seen = Volatile.Read(ref _longestTicks); took > seen; seen = Volatile.Read(ref _longestTicks)) Interlocked.CompareExchange(ref _longestTicks, took, seen);
                await Task.Delay(2, _ct);
            }
        }
    }

    /// <summary>What a group got.</summary>
    private sealed class Inbox
    {
        private readonly ConcurrentDictionary<string, int> _times = new(StringComparer.Ordinal);
        private readonly ConcurrentQueue<(string Line, int Number)> _firsts = [];

        public int Duplicates => _times.Values.Sum() - _times.Count;

        public ValueTask<ConsumeResult> HandleAsync(RocketMQReceivedMessage message, CancellationToken cancellationToken)
        {
            var text = Encoding.UTF8.GetString(message.Body.Span);
            var dash = text.IndexOf('-');
            if (_times.AddOrUpdate(text, 1, static (_, times) => times + 1) == 1)
                _firsts.Enqueue(($"{message.Queue} sender {text[..dash]}", int.Parse(text.AsSpan(dash + 1), CultureInfo.InvariantCulture)));
            return new(ConsumeResult.Success);
        }

        public async Task HasAsync(string group, IReadOnlyCollection<string> sent)
        {
            try
            {
                await Eventually.TrueAsync($"all {sent.Count} at {group}", () => sent.All(_times.ContainsKey), TimeSpan.FromSeconds(30));
            }
            catch (TimeoutException)
            {
                var missing = sent.Where(text => !_times.ContainsKey(text)).ToList();
                Assert.Fail($"{group} lacks {missing.Count} of {sent.Count} acknowledged messages: {string.Join(", ", missing.Take(20))}");
            }
        }

        /// <summary>Each sender's messages came in their order in each queue, but for those that came again.</summary>
        public void AssertOrder()
        {
            foreach (var line in _firsts.GroupBy(static first => first.Line, static first => first.Number))
                Assert.True(line.SequenceEqual(line.Order()), $"{line.Key}: messages came out of order");
        }
    }
}
