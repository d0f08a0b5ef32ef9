using System.Globalization;
using RocketAspire.Chaos.Check;
using RocketAspire.Chaos.Cluster;
using RocketAspire.Client;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Chaos.Load;

/// <summary>
/// Reads one queue for one group as a consumer does: from the master, or from a slave while there is none; commits how far it
/// came, and dies now and then, to go on from what it had committed.
/// </summary>
internal sealed class Consumer(LoadContext context, string consumerGroup, QueueName queue)
{
    private const int MostMessages = 32;
    private static readonly TimeSpan Suspend = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(50);

    private readonly MessagePuller _puller = new(context.Connection, consumerGroup);
    private readonly Random _random = new(unchecked((((context.Seed * 397) + consumerGroup.Length) * 397) + queue.Id));
    private readonly Lock _lock = new();
    private readonly Dictionary<long, MessageTag> _seen = [];
    private readonly List<string> _conflicts = [];
    private readonly List<string> _damaged = [];
    private readonly List<OffsetRange> _mayMiss = [];
    private long _position;
    private long _furthest;

    public QueueName Queue => queue;

    public ConsumerView View
    {
        get
        {
            lock (_lock) return new(consumerGroup, queue, new Dictionary<long, MessageTag>(_seen), [.. _conflicts], [.. _damaged], [.. _mayMiss]);
        }
    }

    /// <summary>How far it read, in messages.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>How far it ever read, in messages.</summary>
    public long Furthest
    {
        get
        {
            lock (_lock) return _furthest;
        }
    }

    /// <summary>
    /// The log that it read from is gone, and with it maybe messages that nobody acknowledged: others get their offsets,
    /// and it may have passed these already.
    /// </summary>
    public void OnLogWiped()
    {
        lock (_lock) _mayMiss.Add(new(0, _furthest, context.Now()));
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var wentWell = false;
            foreach (var address in context.Routes.AddressesOf(queue.Group))
            {
                wentWell = await TryPullAsync(address, stop).ConfigureAwait(false);
                if (wentWell || stop.IsCancellationRequested) break;
            }

            if (wentWell) continue;
            await context.Routes.RefreshAsync(CancellationToken.None).ConfigureAwait(false);
            await Task.Delay(AfterFailure, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> TryPullAsync(string address, CancellationToken stop)
    {
        try
        {
            var pulled = await _puller.PullAsync(address, ChaosTopology.TopicName, queue.Id, _position, MostMessages, Suspend, cancellationToken: stop).ConfigureAwait(false);
            Take(address, pulled);
            if (pulled.Messages.Count > 0) await CommitAsync(address, stop).ConfigureAwait(false);
            else if (_random.Next(20) == 0) await RestartAsync(address, stop).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception e) when (IsFailure(e))
        {
            return false;
        }
    }

    private static bool IsFailure(Exception e) => e is RocketMQException or RemotingConnectException or RemotingSendException or RemotingTimeoutException;

    private void Take(string address, PullResult pulled)
    {
        lock (_lock)
        {
            foreach (var message in pulled.Messages)
            {
                if (!MessageBody.TryRead(context.Seed, message.Body.Span, out var tag))
                {
                    _damaged.Add($"the body at {message.QueueOffset}, read from {address}, isn't as it was sent");
                    continue;
                }

                if (_seen.TryGetValue(message.QueueOffset, out var before) && before != tag) _conflicts.Add($"at {message.QueueOffset} it read {before} and then {tag} from {address}");
                _seen[message.QueueOffset] = tag;
            }

            Volatile.Write(ref _position, pulled.NextBeginOffset);
            _furthest = Math.Max(_furthest, pulled.NextBeginOffset);
        }
    }

    private async Task CommitAsync(string address, CancellationToken stop)
    {
        var header = new UpdateConsumerOffsetRequestHeader(consumerGroup, ChaosTopology.TopicName, queue.Id, _position);
        await context.Connection.AskAsync(address, RemotingCommand.CreateRequest(RequestCode.UpdateConsumerOffset, header.ToExtFields()), stop).ConfigureAwait(false);
    }

    /// <summary>What it knew is gone; only the broker's word counts.</summary>
    private async Task RestartAsync(string address, CancellationToken stop)
    {
        var header = new QueryConsumerOffsetRequestHeader(consumerGroup, ChaosTopology.TopicName, queue.Id);
        var answer = await context.Connection.AskAsync(address, RemotingCommand.CreateRequest(RequestCode.QueryConsumerOffset, header.ToExtFields()), stop).ConfigureAwait(false);
        if (answer.Code != ResponseCode.Success) return;
        var offset = long.Parse(answer.ExtFields["offset"] ?? "0", CultureInfo.InvariantCulture);
        lock (_lock)
        {
            if (offset > _furthest) _conflicts.Add($"{address} says that it had committed {offset}, it never came further than {_furthest}");
            Volatile.Write(ref _position, offset);
        }
    }
}
