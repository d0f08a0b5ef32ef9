using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

internal readonly record struct QueueKey(string Topic, int QueueId);

/// <summary>The offset that the next message of each queue gets. Guarded by the log's append lock.</summary>
/// <remarks>Runs ahead of the consume queues, which end at the confirm offset.</remarks>
internal sealed class QueueOffsets
{
    private readonly Dictionary<string, Dictionary<int, Place>> _topics = new(StringComparer.Ordinal);

    public long Next(QueueKey queue) => _topics.TryGetValue(queue.Topic, out var queues) && queues.TryGetValue(queue.QueueId, out var place) ? place.Next : 0;

    public void Set(QueueKey queue, long next)
    {
        if (!_topics.TryGetValue(queue.Topic, out var queues)) _topics[queue.Topic] = queues = [];
        if (queues.TryGetValue(queue.QueueId, out var place)) place.Next = next;
        else queues[queue.QueueId] = new Place { Next = next };
    }

    public void AtLeast(QueueKey queue, long next)
    {
        if (Next(queue) < next) Set(queue, next);
    }

    public void Remove(string topic) => _topics.Remove(topic);

    public void Clear() => _topics.Clear();

    /// <summary>Prepared and rolled back transactions take no place in a queue.</summary>
    /// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/CommitLog.java (doAppend)</remarks>
    public static bool IsQueued(int sysFlag) =>
        MessageSysFlag.TransactionOf(sysFlag) is MessageSysFlag.TransactionNot or MessageSysFlag.TransactionCommit;

    /// <summary>Takes the place of a record that was copied or found on disk.</summary>
    public void Observe(string topic, MessageRecordView record)
    {
        if (IsQueued(record.SysFlag)) Set(new QueueKey(topic, record.QueueId), record.QueueOffset + 1);
    }

    private sealed class Place
    {
        public long Next { get; set; }
    }
}

/// <summary>One string per topic, looked up by its bytes: scanning a log allocates no names. One thread at a time.</summary>
internal sealed class TopicNamesCache
{
    private readonly HashSet<string> _topics = new(StringComparer.Ordinal);
    private byte[] _lastBytes = [];
    private string _last = "";

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.SequenceEqual(_lastBytes)) return _last;
        Span<char> chars = utf8.Length <= 256 ? stackalloc char[utf8.Length] : new char[utf8.Length];
        chars = chars[..Encoding.UTF8.GetChars(utf8, chars)];
        if (!_topics.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(chars, out var topic))
        {
            topic = new string(chars);
            _topics.Add(topic);
        }

        _lastBytes = utf8.ToArray();
        return _last = topic;
    }
}
