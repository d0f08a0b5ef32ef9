using RocketAspire.Store;

namespace RocketAspire.Broker.Tests;

/// <summary>The real disk, whose flushes of the commit log can be held back or made to fail.</summary>
internal sealed class GatedDevice : IStorageDevice
{
    private readonly FileSystemDevice _disk = new();
    private readonly ManualResetEventSlim _open = new(true);
    private int _waiting;

    /// <summary>Flushes that are held back now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public bool FailFlushes { get; set; }

    public void Block() => _open.Reset();

    public void Release() => _open.Set();

    public bool FileExists(string path) => _disk.FileExists(path);

    public IReadOnlyList<StorageEntry> List(string directory) => _disk.List(directory);

    public void CreateDirectory(string directory) => _disk.CreateDirectory(directory);

    public IStorageFile Open(string path, bool create)
    {
        var file = _disk.Open(path, create);
        return path.Contains("commitlog", StringComparison.Ordinal) ? new GatedFile(this, file) : file;
    }

    public void DeleteFile(string path) => _disk.DeleteFile(path);

    public void DeleteDirectory(string directory) => _disk.DeleteDirectory(directory);

    public void Rename(string from, string to) => _disk.Rename(from, to);

    public void FlushDirectory(string directory) => _disk.FlushDirectory(directory);

    public IDisposable? TryLock(string path) => _disk.TryLock(path);

    private sealed class GatedFile(GatedDevice device, IStorageFile file) : IStorageFile
    {
        public long Length => file.Length;

        public void SetLength(long length) => file.SetLength(length);

        public void Write(long offset, ReadOnlySpan<byte> bytes) => file.Write(offset, bytes);

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Flush()
        {
            Interlocked.Increment(ref device._waiting);
            device._open.Wait();
            Interlocked.Decrement(ref device._waiting);
            if (device.FailFlushes) throw new IOException("the device is gone");
            file.Flush();
        }

        public void Dispose() => file.Dispose();
    }
}
