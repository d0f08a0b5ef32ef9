using System.Globalization;

namespace RocketAspire.Store;

/// <summary>All consume queues: <c>consumequeue/topic/queueId/</c>.</summary>
internal sealed class QueueTable(IStorageDevice device, string root, int fileSize) : IDisposable
{
    private readonly Lock _gate = new();

    // Replaced whole when a queue comes, so that readers need no lock. (ConcurrentDictionary would do, but costs a starting
    // node milliseconds: its counts start an event source.)
    private volatile Dictionary<string, Dictionary<int, ConsumeQueue>> _topics = new(StringComparer.Ordinal);
    private volatile ConsumeQueue[] _all = [];

    // Folders whose names were made since the last flush; guarded by _gate.
    private readonly HashSet<string> _changedFolders = [];

    public IReadOnlyList<ConsumeQueue> All => _all;

    public int Count => _all.Length;

    /// <summary>Queues that hold something, and the sums of their ends and beginnings: tells whether a queue or a part of one lacks. Under the dispatcher's gate.</summary>
    public (long Queues, long Ends, long Begins) Totals()
    {
        var count = 0;
        long ends = 0;
        long begins = 0;
        foreach (var queue in _all)
        {
            if (queue.Next == 0) continue;
            count++;
            ends += queue.Next;
            begins += queue.Min;
        }

        return (count, ends, begins);
    }

    /// <summary>A folder can have the topic's name.</summary>
    public static bool CanName(string topic) => topic.Length > 0 && !topic.AsSpan().ContainsAny('/', '\\', '\0') && topic is not ("." or "..");

    public ConsumeQueue? Find(string topic, int queueId) =>
        _topics.TryGetValue(topic, out var queues) && queues.TryGetValue(queueId, out var queue) ? queue : null;

    /// <summary>Opens what is there; see <see cref="ConsumeQueue.Load"/>.</summary>
    public void Open(long cutPhysical, bool cutAlways)
    {
        var all = new List<ConsumeQueue>();
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

                all.Add(queue);
            }
        }

        Publish([.. all]);
    }

    public ConsumeQueue GetOrCreate(string topic, int queueId)
    {
        if (Find(topic, queueId) is { } queue) return queue;
        queue = new ConsumeQueue(device, root, topic, queueId, fileSize);
        device.CreateDirectory(queue.Files.Directory);
        lock (_gate)
        {
            _changedFolders.Add(Path.GetDirectoryName(queue.Files.Directory)!);
            _changedFolders.Add(root);
            _changedFolders.Add(Path.GetDirectoryName(root)!);
        }

        var queues = _topics.TryGetValue(topic, out var others) ? new Dictionary<int, ConsumeQueue>(others) : [];
        queues[queueId] = queue;
        _topics = new Dictionary<string, Dictionary<int, ConsumeQueue>>(_topics, StringComparer.Ordinal) { [topic] = queues };
        _all = [.. _all, queue];
        return queue;
    }

    /// <summary>Deletes a queue, and its topic's folder with the last one; durable when it returns. Under the dispatcher's gate. After an error it can be called again.</summary>
    public void Delete(ConsumeQueue queue)
    {
        var isLast = !Array.Exists(_all, other => other != queue && other.Topic == queue.Topic);
        if (isLast) Delete(queue.Topic);
        else Delete([queue], queue.Files.Directory, Path.Combine(root, queue.Topic));
    }

    /// <summary>Deletes a topic's queues and folder, whatever is in it; as the other.</summary>
    public void Delete(string topic)
    {
        var folder = Path.Combine(root, topic);
        var gone = Array.FindAll(_all, queue => queue.Topic == topic);
        if (gone.Length == 0 && !device.DirectoryExists(folder)) return;
        Delete(gone, folder, root);
    }

    /// <summary>Makes all queues durable as far as they are written.</summary>
    public void Flush()
    {
        foreach (var queue in _all)
        {
            try
            {
                queue.Files.Flush();
            }
            catch (Exception e) when (queue.IsGone && e is IOException or ObjectDisposedException)
            {
                // Deleted meanwhile.
            }
        }

        string[] folders;
        lock (_gate)
        {
            folders = [.. _changedFolders];
        }

        foreach (var folder in folders)
        {
            try
            {
                device.FlushDirectory(folder);
            }
            catch (IOException) when (!device.DirectoryExists(folder))
            {
                // A topic that was deleted meanwhile.
            }
        }

        lock (_gate)
        {
            _changedFolders.ExceptWith(folders);
        }
    }

    /// <summary>Deletes every queue.</summary>
    public void Clear()
    {
        Dispose();
        Publish([]);
        device.DeleteDirectory(root);
        device.CreateDirectory(root);
        device.FlushDirectory(Path.GetDirectoryName(root)!);
    }

    public void Dispose()
    {
        foreach (var queue in _all) queue.Dispose();
    }

    private void Delete(ConsumeQueue[] gone, string folder, string above)
    {
        foreach (var queue in gone) queue.IsGone = true;
        // Of a folder that goes nobody has to flush anything any more; who is about to sees that it is gone.
        lock (_gate) _changedFolders.Remove(folder);
        device.DeleteDirectory(folder);
        device.FlushDirectory(above);
        Publish(Array.FindAll(_all, static queue => !queue.IsGone));
        foreach (var queue in gone) queue.Dispose();
    }

    private void Publish(ConsumeQueue[] all)
    {
        var topics = new Dictionary<string, Dictionary<int, ConsumeQueue>>(StringComparer.Ordinal);
        foreach (var queue in all)
        {
            if (!topics.TryGetValue(queue.Topic, out var queues)) topics[queue.Topic] = queues = [];
            queues[queue.QueueId] = queue;
        }

        _topics = topics;
        _all = all;
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
