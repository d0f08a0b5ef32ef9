using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Remoting;
using MessageQueue = RocketAspire.Client.MessageQueue;

namespace RocketAspire.AppHost.Tests.Failover;

/// <summary>Where an acknowledged message is, by its answer.</summary>
internal readonly record struct Place(string Broker, int Queue, long Offset);

/// <summary>What was acknowledged.</summary>
internal sealed record Acknowledged(int Sender, int Number, string Text);

/// <summary>
/// Producers that send numbered messages as RocketMQ's do: to the queues in turn by a cached route, a failed send again to another
/// broker, twice at most. Each sender has one message on its way at a time.
/// </summary>
internal sealed class Producers : IAsyncDisposable
{
    private const int Retries = 2;

    private static readonly TimeSpan RouteInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(10);

    private readonly RocketMQConnection _connection;
    private readonly string _topic;
    private readonly CancellationTokenSource _enough = new();
    private readonly ConcurrentDictionary<Place, Acknowledged> _acknowledged = new();
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private readonly long[] _lastSuccess;
    private readonly TimeSpan[] _longestGap;
    private readonly List<Task> _running = [];
    private volatile TopicRouteData? _route;

    private Producers(string nameServers, string topic, int senders)
    {
        _connection = RocketMQConnection.Create(nameServers);
        _topic = topic;
        _lastSuccess = new long[senders];
        _longestGap = new TimeSpan[senders];
    }

    public IReadOnlyDictionary<Place, Acknowledged> Acknowledged => _acknowledged;

    public int Count => _acknowledged.Count;

    /// <summary>Failed tries by what was answered, for people.</summary>
    public string Failures => string.Join("; ", _failures.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Value} × {f.Key}"));

    public static async Task<Producers> StartAsync(string nameServers, string topic, int senders, CancellationToken ct)
    {
        var producers = new Producers(nameServers, topic, senders);
        await producers.RefreshRouteAsync(ct);
        producers.ResetGaps();
        producers._running.Add(producers.FollowRouteAsync());
        for (var sender = 0; sender < senders; sender++)
        {
            var number = sender;
            producers._running.Add(Task.Run(() => SendAsync(producers, number), ct));
        }

        return producers;
    }

    /// <summary>Waits until so many more messages were acknowledged, by one broker or by any.</summary>
    public async Task MoreAsync(int count, string? broker = null)
    {
        var before = CountOf(broker);
        try
        {
            await TestSupport.Eventually.TrueAsync($"{count} more messages acknowledged{(broker is null ? "" : " by " + broker)}", () => CountOf(broker) >= before + count);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; {CountOf(broker) - before} were; failed tries: {Failures}; route: {Describe(_route)}", e);
        }
    }

    public void ResetGaps()
    {
        for (var i = 0; i < _lastSuccess.Length; i++)
        {
            Volatile.Write(ref _lastSuccess[i], Stopwatch.GetTimestamp());
            _longestGap[i] = TimeSpan.Zero;
        }
    }

    /// <summary>The longest time that any sender went without an acknowledged message, since the last reset.</summary>
    public TimeSpan LongestGap()
    {
        var longest = TimeSpan.Zero;
        for (var i = 0; i < _lastSuccess.Length; i++)
        {
            var open = Stopwatch.GetElapsedTime(Volatile.Read(ref _lastSuccess[i]));
            foreach (var gap in (TimeSpan[])[open, _longestGap[i]])
                if (gap > longest) longest = gap;
        }

        return longest;
    }

    /// <summary>How long ago the last message of any sender was acknowledged.</summary>
    public TimeSpan ShortestSilence()
    {
        var last = long.MinValue;
        for (var i = 0; i < _lastSuccess.Length; i++) last = Math.Max(last, Volatile.Read(ref _lastSuccess[i]));
        return Stopwatch.GetElapsedTime(last);
    }

    public async ValueTask DisposeAsync()
    {
        if (_enough.IsCancellationRequested) return;
        await _enough.CancelAsync();
        await Task.WhenAll(_running);
        await _connection.DisposeAsync();
    }

    private int CountOf(string? broker) => broker is null ? _acknowledged.Count : _acknowledged.Keys.Count(p => p.Broker == broker);

    private static async Task SendAsync(Producers producers, int sender)
    {
        var messages = new MessageSender(producers._connection);
        var turn = sender;
        for (var number = 0; !producers._enough.IsCancellationRequested; number++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{sender}-{number}");
            string? failed = null;
            var stored = false;
            for (var attempt = 0; attempt <= Retries && !stored && !producers._enough.IsCancellationRequested; attempt++)
            {
                if (producers.Choose(ref turn, failed) is not ({ } queue, { } address)) break;
                stored = await producers.TrySendAsync(messages, address, queue, sender, number, text);
                failed = queue.BrokerName;
            }

            if (!stored) await Task.Delay(AfterFailure, CancellationToken.None);
        }
    }

    private async Task<bool> TrySendAsync(MessageSender messages, string address, MessageQueue queue, int sender, int number, string text)
    {
        try
        {
            // Not cancelled: a message on its way at the end is waited for.
            var sent = await messages.SendAsync(address, queue, new RocketMQMessage { Topic = _topic, Body = Encoding.UTF8.GetBytes(text) }, CancellationToken.None);
            // Codes 10, 11 and 12 mean stored, but not safe: not acknowledged.
            if (!sent.IsAcknowledged)
            {
                Failed(queue, sent.Status.ToString());
                return false;
            }

            var place = new Place(queue.BrokerName, sent.Queue.QueueId, sent.QueueOffset);
            Assert.True(_acknowledged.TryAdd(place, new Acknowledged(sender, number, text)), $"the place {place} of {text} was given twice");
            var gap = Stopwatch.GetElapsedTime(Volatile.Read(ref _lastSuccess[sender]));
            Volatile.Write(ref _lastSuccess[sender], Stopwatch.GetTimestamp());
            if (gap > _longestGap[sender]) _longestGap[sender] = gap;
            return true;
        }
        catch (RocketMQResponseException e)
        {
            Failed(queue, $"code {e.Code}");
        }
        catch (Exception e) when (e is RemotingConnectException or RemotingSendException or RemotingTimeoutException)
        {
            Failed(queue, e.GetType().Name);
        }

        return false;
    }

    private void Failed(MessageQueue queue, string what) => _failures.AddOrUpdate($"{queue.BrokerName} {what}", 1, static (_, count) => count + 1);

    /// <summary>The next queue in turn, of another broker than the one that failed if there is one.</summary>
    private (MessageQueue? Queue, string? Address) Choose(ref int turn, string? failed)
    {
        var route = _route;
        if (route is null) return default;
        var choices = new List<(MessageQueue, string)>();
        foreach (var queues in route.QueueDatas)
        {
            if (route.BrokerDatas.FirstOrDefault(b => b.BrokerName == queues.BrokerName)?.MasterAddress is not { } master) continue;
            for (var id = 0; id < queues.WriteQueueNums; id++) choices.Add((new MessageQueue(_topic, queues.BrokerName, id), master));
        }

        if (choices.Count == 0) return default;
        var from = turn++;
        for (var i = 0; i < choices.Count; i++)
        {
            var choice = choices[(from + i) % choices.Count];
            if (choice.Item1.BrokerName != failed) return choice;
        }

        return choices[from % choices.Count];
    }

    private static string Describe(TopicRouteData? route) => route is null ? "none"
        : string.Join(", ", route.BrokerDatas.SelectMany(b => b.BrokerAddrs.Select(a => $"{b.BrokerName}:{a.Key} {a.Value}")));

    private async Task FollowRouteAsync()
    {
        while (!_enough.IsCancellationRequested)
        {
            await Task.WhenAny(Task.Delay(RouteInterval, _enough.Token));
            try
            {
                await RefreshRouteAsync(_enough.Token);
            }
            catch (Exception e) when (e is RocketMQException or OperationCanceledException)
            {
                // No name server answers: the route known so far goes on serving.
            }
        }
    }

    private async Task RefreshRouteAsync(CancellationToken ct) => _route = await new RocketMQAdmin(_connection).GetRouteAsync(_topic, ct) ?? _route;
}
