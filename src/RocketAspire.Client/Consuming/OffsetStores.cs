using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Client;

/// <summary>Where a group's progress is kept. What is noted here is persisted from time to time.</summary>
internal interface IOffsetStore
{
    /// <summary>What is kept of a queue, asked for anew; -1: nothing.</summary>
    ValueTask<long> LoadAsync(MessageQueue queue, CancellationToken cancellationToken);

    /// <summary>Notes progress; a negative offset, which says that none is known, is passed over.</summary>
    void Note(MessageQueue queue, long offset);

    /// <summary>What was noted last; -1: nothing.</summary>
    long Noted(MessageQueue queue);

    /// <summary>Keeps what was noted of these queues. A broker that can't be reached is logged, not thrown.</summary>
    ValueTask PersistAsync(IReadOnlyCollection<MessageQueue> queues, CancellationToken cancellationToken);

    /// <summary>The queue is somebody else's from now on.</summary>
    void Forget(MessageQueue queue);
}

/// <summary>Progress at the brokers, shared by the group.</summary>
internal sealed class RemoteOffsetStore(GroupCalls calls, ILogger logger) : IOffsetStore
{
    private readonly ConcurrentDictionary<MessageQueue, long> _noted = new();

    public ValueTask<long> LoadAsync(MessageQueue queue, CancellationToken cancellationToken) => calls.QueryOffsetAsync(queue, cancellationToken);

    public void Note(MessageQueue queue, long offset)
    {
        if (offset >= 0) _noted[queue] = offset;
    }

    public long Noted(MessageQueue queue) => _noted.GetValueOrDefault(queue, -1);

    public void Forget(MessageQueue queue) => _noted.TryRemove(queue, out _);

    public async ValueTask PersistAsync(IReadOnlyCollection<MessageQueue> queues, CancellationToken cancellationToken) =>
        await Task.WhenAll(queues.GroupBy(static queue => queue.BrokerName).Select(broker => PersistAsync(broker, cancellationToken))).ConfigureAwait(false);

    private async Task PersistAsync(IGrouping<string, MessageQueue> broker, CancellationToken cancellationToken)
    {
        foreach (var queue in broker)
        {
            if (!_noted.TryGetValue(queue, out var offset)) continue;
            try
            {
                await calls.UpdateOffsetAsync(queue, offset, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (Failures.IsTransport(e))
            {
                Log.ProgressNotKept(logger, broker.Key, e.Message);
                // The broker's other queues would each wait as long.
                return;
            }
            catch (RocketMQException e)
            {
                Log.ProgressNotKept(logger, broker.Key, e.Message);
            }
        }
    }
}

/// <summary>Progress of one broadcasting consumer: in memory, and in a file of Apache's form when one is given.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/client/src/main/java/org/apache/rocketmq/client/consumer/store/LocalFileOffsetStore.java</remarks>
internal sealed class LocalOffsetStore : IOffsetStore
{
    private readonly ConcurrentDictionary<MessageQueue, long> _noted = new();
    private readonly string? _path;

    /// <exception cref="InvalidDataException">The file is there and can't be read.</exception>
    public LocalOffsetStore(string? path)
    {
        _path = path;
        if (path is null || !File.Exists(path)) return;
        try
        {
            foreach (var (queue, offset) in QueueOffsetsBody.Decode(File.ReadAllBytes(path)).Offsets) _noted[MessageQueue.FromWire(queue)] = offset;
        }
        catch (FastJsonException e)
        {
            throw new InvalidDataException($"the offset file {path} can't be read: {e.Message}; delete it to begin anew", e);
        }
    }

    public ValueTask<long> LoadAsync(MessageQueue queue, CancellationToken cancellationToken) => new(Noted(queue));

    public void Note(MessageQueue queue, long offset)
    {
        if (offset >= 0) _noted[queue] = offset;
    }

    public long Noted(MessageQueue queue) => _noted.GetValueOrDefault(queue, -1);

    public void Forget(MessageQueue queue)
    {
        // Nobody else consumes for this client: a broker that was away for a while is gone on with.
    }

    public async ValueTask PersistAsync(IReadOnlyCollection<MessageQueue> queues, CancellationToken cancellationToken)
    {
        if (_path is null) return;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        var body = new QueueOffsetsBody([.. _noted.OrderBy(static pair => pair.Key).Select(static pair => KeyValuePair.Create(pair.Key.ToWire(), pair.Value))]).Encode(quoteKeys: false);
        var next = _path + ".tmp";
        await File.WriteAllBytesAsync(next, body, cancellationToken).ConfigureAwait(false);
        File.Move(next, _path, overwrite: true);
    }
}
