using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>The broker's log with its queues and index: see the members.</summary>
public sealed class MessageStore : IAsyncDisposable
{
    private MessageStore() { }

    public static Task<MessageStore> OpenAsync(StoreOptions o, IStorageDevice device, TimeProvider time, ILoggerFactory lf, CancellationToken ct) => throw new NotSupportedException();
    public bool OpenedAfterUncleanStop => throw new NotSupportedException();
    public bool OpenedAfterMachineStop => throw new NotSupportedException();
    public bool WasEmpty => throw new NotSupportedException();
    public long MinPhysicalOffset => throw new NotSupportedException();
    public long MaxPhysicalOffset => throw new NotSupportedException();
    public long FlushedOffset => throw new NotSupportedException();
    public long ConfirmOffset => throw new NotSupportedException();
    public long RawEndOffset => throw new NotSupportedException();
    public TermTable Terms => throw new NotSupportedException();
    public IReadOnlyCollection<(string Topic, int QueueId)> Queues => throw new NotSupportedException();
    public event Action<MessageArrival>? Arrived { add => throw new NotSupportedException(); remove => throw new NotSupportedException(); }
    public AppendResult Append(MessageRecord m) => throw new NotSupportedException();
    public AppendResult AppendBatch(IReadOnlyList<MessageRecord> batch) => throw new NotSupportedException();
    public AppendResult AppendTermMarker(int term) => throw new NotSupportedException();
    public ValueTask<bool> WaitFlushedAsync(long endOffset, TimeSpan timeout, CancellationToken ct) => throw new NotSupportedException();
    public void SetConfirmOffset(long physicalOffset) => throw new NotSupportedException();
    public void AppendRaw(long physicalOffset, ReadOnlySpan<byte> bytes) => throw new NotSupportedException();
    public int ReadRaw(long physicalOffset, Span<byte> destination) => throw new NotSupportedException();
    public ValueTask WaitForAppendAsync(long physicalOffset, CancellationToken ct) => throw new NotSupportedException();
    public Task TruncateAsync(long physicalOffset) => throw new NotSupportedException();

    /// <summary>Empties the store and lets the log begin at a file's start: how a replica follows a master whose oldest files are gone.</summary>
    public Task ResetToAsync(long physicalOffset) => throw new NotSupportedException();

    /// <summary>Deletes the log files that lie wholly before the offset (never the last one), with their queue and index entries; answers the new <see cref="MinPhysicalOffset"/>.</summary>
    public Task<long> DeleteBeforeAsync(long physicalOffset) => throw new NotSupportedException();
    public uint ChecksumBefore(long endOffset, int records) => throw new NotSupportedException();
    public QueueReadResult ReadQueue(string topic, int queueId, long queueOffset, int maxMessages, int maxBytes, IQueueFilter? filter) => throw new NotSupportedException();
    public (long Min, long Max) QueueBounds(string topic, int queueId) => throw new NotSupportedException();
    public long OffsetByTime(string topic, int queueId, long timestampMs) => throw new NotSupportedException();
    public long EarliestStoreTime(string topic, int queueId) => throw new NotSupportedException();
    public long StoreTimeAt(string topic, int queueId, long queueOffset) => throw new NotSupportedException();
    public MessageRecord? ReadRecord(long physicalOffset) => throw new NotSupportedException();

    /// <summary>Physical offsets of messages with this key (or UNIQ_KEY), newest first, stored between two Unix milliseconds (to the second).</summary>
    public IReadOnlyList<long> FindByKey(string topic, string key, int maxMessages, long beginMs, long endMs) => throw new NotSupportedException();
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}

public sealed class FileSystemDevice : IStorageDevice
{
    public bool FileExists(string path) => throw new NotSupportedException();
    public IReadOnlyList<StorageEntry> List(string directory) => throw new NotSupportedException();
    public void CreateDirectory(string directory) => throw new NotSupportedException();
    public IStorageFile Open(string path, bool create) => throw new NotSupportedException();
    public void DeleteFile(string path) => throw new NotSupportedException();
    public void DeleteDirectory(string directory) => throw new NotSupportedException();
    public void Rename(string from, string to) => throw new NotSupportedException();
    public void FlushDirectory(string directory) => throw new NotSupportedException();
    public IDisposable? TryLock(string path) => throw new NotSupportedException();
}

public sealed class StateFile
{
    public StateFile(string path, IStorageDevice device) => throw new NotSupportedException();
    public Task<byte[]?> ReadAsync(CancellationToken ct = default) => throw new NotSupportedException();
    public Task WriteAsync(ReadOnlyMemory<byte> content, CancellationToken ct = default) => throw new NotSupportedException();
}
