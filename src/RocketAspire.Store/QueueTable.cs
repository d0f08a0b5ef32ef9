using System.Collections.Concurrent;
using System.Globalization;

namespace RocketAspire.Store;

/// <summary>All consume queues: <c>consumequeue/topic/queueId/</c>.</summary>
internal sealed class QueueTable(IStorageDevice device, string root, int fileSize) : IDisposable
{
    private readonly ConcurrentDictionary<QueueKey, ConsumeQueue> _queues = new();
    private readonly Lock _gate = new();

    // Folders whose names were made since the last flush; guarded by _gate.
    private readonly HashSet<string> _changedFolders = [];

    public ICollection<ConsumeQueue> All => _queues.Values;

    public int Count => _queues.Count;

    /// <summary>Queues that hold something, and the sums of their ends and beginnings: tells whether a queue or a part of one lacks. Under the dispatcher's gate.</summary>
    public (long Queues, long Ends, long Begins) Totals()
    {
        var count = 0;
        long ends = 0;
        long begins = 0;
        foreach (var queue in _queues.Values)
        {
            if (queue.Next == 0) continue;
            count++;
            ends += queue.Next;
            begins += queue.Min;
        }

        return (count, ends, begins);
    }

    public ConsumeQueue? Find(string topic, int queueId) => _queues.GetValueOrDefault(new QueueKey(topic, queueId));

    /// <summary>Opens what is there; see <see cref="ConsumeQueue.Load"/>.</summary>
    public void Open(long cutPhysical, bool cutAlways)
    {
        foreach (var topic in device.List(root))
        {
            if (!topic.IsDirectory) continue;
            foreach (var id in device.List(Path.Combine(root, topic.Name)))
            {
                if (!id.IsDirectory || !int.TryParse(id.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var queueId)) continue;
                var queue = new ConsumeQueue(device, root, topic.Name, queueId, fileSize);
                if (!Load(queue, cutPhysical, cutAlways))
                {
                    // Of wrong length or with a file missing: the log has all that is needed to write it anew.
                    queue.Dispose();
                    device.DeleteDirectory(queue.Files.Directory);
                    continue;
                }

                _queues[new QueueKey(topic.Name, queueId)] = queue;
            }
        }
    }

    public ConsumeQueue GetOrCreate(string topic, int queueId)
    {
        var key = new QueueKey(topic, queueId);
        if (_queues.TryGetValue(key, out var queue)) return queue;
        queue = new ConsumeQueue(device, root, topic, queueId, fileSize);
        device.CreateDirectory(queue.Files.Directory);
        lock (_gate)
        {
            _changedFolders.Add(Path.GetDirectoryName(queue.Files.Directory)!);
            _changedFolders.Add(root);
            _changedFolders.Add(Path.GetDirectoryName(root)!);
        }

        _queues[key] = queue;
        return queue;
    }

    /// <summary>Makes all queues durable as far as they are written.</summary>
    public void Flush()
    {
        foreach (var queue in _queues.Values) queue.Files.Flush();
        string[] folders;
        lock (_gate)
        {
            folders = [.. _changedFolders];
        }

        foreach (var folder in folders) device.FlushDirectory(folder);
        lock (_gate)
        {
            _changedFolders.ExceptWith(folders);
        }
    }

    /// <summary>Deletes every queue.</summary>
    public void Clear()
    {
        Dispose();
        _queues.Clear();
        device.DeleteDirectory(root);
        device.CreateDirectory(root);
        device.FlushDirectory(Path.GetDirectoryName(root)!);
    }

    public void Dispose()
    {
        foreach (var queue in _queues.Values) queue.Dispose();
    }

    private static bool Load(ConsumeQueue queue, long cutPhysical, bool cutAlways)
    {
        try
        {
            queue.Files.Open(out var behindGap);
            if (behindGap.Count > 0) return false;
            queue.Load(cutPhysical, cutAlways);
            return true;
        }
        catch (StoreException)
        {
            return false;
        }
    }
}
