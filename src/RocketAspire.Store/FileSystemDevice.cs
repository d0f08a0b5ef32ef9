using Microsoft.Win32.SafeHandles;

namespace RocketAspire.Store;

/// <summary>The machine's own file system.</summary>
/// <remarks>
/// Positioned writes (pwrite), not memory maps: a full disk is then an error of the call instead of a SIGBUS, one append is
/// one system call of about 2 µs into the page cache (so a killed process loses nothing), and the same calls fit the test
/// device. Reads are preads from the page cache. Syncs are fdatasync on Linux, which spares the journal an entry for times.
/// </remarks>
public sealed class FileSystemDevice : IStorageDevice
{
    private const int LinuxNoSpace = 28;
    private const int LinuxQuota = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public bool FileExists(string path) => File.Exists(path);

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public IReadOnlyList<StorageEntry> List(string directory)
    {
        var folder = new DirectoryInfo(directory);
        if (!folder.Exists) return [];
        var entries = new List<StorageEntry>();
        foreach (var item in folder.EnumerateFileSystemInfos())
        {
            try
            {
                entries.Add(new StorageEntry(item.Name, item is DirectoryInfo, item is FileInfo file ? file.Length : 0));
            }
            catch (FileNotFoundException)
            {
                // Gone since it was listed: shared folders above the store change all the time.
            }
        }

        return entries;
    }

    public void CreateDirectory(string directory) => Guarded(directory, () => Directory.CreateDirectory(directory));

    public IStorageFile Open(string path, bool create)
    {
        try
        {
            return new DiskFile(path, File.OpenHandle(path, create ? FileMode.OpenOrCreate : FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
        }
        catch (IOException e) when (IsFull(e))
        {
            throw new StorageFullException(path, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreException(e.Message, e);
        }
    }

    public void DeleteFile(string path)
    {
        try
        {
            Guarded(path, () => File.Delete(path));
        }
        catch (DirectoryNotFoundException)
        {
            // Then the file isn't there either.
        }
    }

    public void DeleteDirectory(string directory)
    {
        if (Directory.Exists(directory)) Guarded(directory, () => Directory.Delete(directory, recursive: true));
    }

    public void Rename(string from, string to) => Guarded(to, () => File.Move(from, to, overwrite: true));

    public void FlushDirectory(string directory) => NativeSync.FlushDirectory(directory);

    public IDisposable? TryLock(string path)
    {
        FileStream? file = null;
        try
        {
            // FileShare.None takes flock, which also keeps out a second store in this process; the byte range lock
            // (fcntl) is the one that Apache's Java process sees and takes.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            if (!OperatingSystem.IsMacOS()) file.Lock(0, 1);
            file.Write("lock"u8);
            file.Flush();
            return file;
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException) && !IsFull(e))
        {
            file?.Dispose();
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            file?.Dispose();
            throw new StoreException(e.Message, e);
        }
    }

    private static void Guarded(string path, Action action)
    {
        try
        {
            action();
        }
        catch (IOException e) when (IsFull(e))
        {
            throw new StorageFullException(path, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreException(e.Message, e);
        }
    }

    private static bool IsFull(IOException e) => e.HResult is LinuxNoSpace or LinuxQuota or WindowsDiskFull;

    private sealed class DiskFile(string path, SafeFileHandle handle) : IStorageFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public void SetLength(long length)
        {
            try
            {
                RandomAccess.SetLength(handle, length);
            }
            catch (IOException e) when (IsFull(e))
            {
                throw new StorageFullException(path, e);
            }
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            try
            {
                RandomAccess.Write(handle, bytes, offset);
            }
            catch (IOException e) when (IsFull(e))
            {
                throw new StorageFullException(path, e);
            }
        }

        public int Read(long offset, Span<byte> buffer)
        {
            var total = 0;
            while (total < buffer.Length)
            {
                var read = RandomAccess.Read(handle, buffer[total..], offset + total);
                if (read == 0) break;
                total += read;
            }

            return total;
        }

        public void Flush() => NativeSync.FlushFile(handle, path);

        public void Dispose() => handle.Dispose();
    }
}
