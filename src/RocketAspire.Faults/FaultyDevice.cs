using RocketAspire.Store;

namespace RocketAspire.Faults;

/// <summary>A disk that is slow, full or unable to flush when it is told to be.</summary>
public sealed class FaultyDevice(IStorageDevice inner, DiskFaults faults) : IStorageDevice
{
    public bool FileExists(string path) => inner.FileExists(path);

    public bool DirectoryExists(string path) => inner.DirectoryExists(path);

    public IReadOnlyList<StorageEntry> List(string directory) => inner.List(directory);

    public void CreateDirectory(string directory)
    {
        if (faults.IsFull && !inner.DirectoryExists(directory)) throw new StorageFullException(directory);
        inner.CreateDirectory(directory);
    }

    public IStorageFile Open(string path, bool create)
    {
        if (faults.IsFull && create && !inner.FileExists(path)) throw new StorageFullException(path);
        return new FaultyFile(path, inner.Open(path, create), faults);
    }

    public void DeleteFile(string path) => inner.DeleteFile(path);

    public void DeleteDirectory(string directory) => inner.DeleteDirectory(directory);

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void FlushDirectory(string directory)
    {
        BeforeFlush(directory, faults);
        inner.FlushDirectory(directory);
    }

    public IDisposable? TryLock(string path) => inner.TryLock(path);

    private static void BeforeFlush(string path, DiskFaults faults)
    {
        if (faults.SlowMs is > 0 and var slowMs) Thread.Sleep(slowMs);
        if (faults.FailsFlush) throw new IOException($"Input/output error while flushing {path} (asked for by fault control).");
    }

    private sealed class FaultyFile(string path, IStorageFile inner, DiskFaults faults) : IStorageFile
    {
        public long Length => inner.Length;

        public void SetLength(long length)
        {
            // A file grows by zeros without using disk; it is the writing into them that finds no room.
            inner.SetLength(length);
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            if (faults.IsFull) throw new StorageFullException(path);
            inner.Write(offset, bytes);
        }

        public int Read(long offset, Span<byte> buffer) => inner.Read(offset, buffer);

        public void Flush()
        {
            BeforeFlush(path, faults);
            inner.Flush();
        }

        public void Dispose() => inner.Dispose();
    }
}
