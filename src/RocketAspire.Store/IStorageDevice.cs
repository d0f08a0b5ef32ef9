namespace RocketAspire.Store;

/// <summary>All that the store asks of a disk; the seam at which tests lose power, fail syncs and run out of space.</summary>
/// <remarks>Nothing counts as durable before its flush has returned: file content by <see cref="IStorageFile.Flush"/>,
/// creation, renaming and deletion of a name by <see cref="FlushDirectory"/> of its folder. Errors are <see cref="IOException"/>s;
/// no room is a <see cref="StorageFullException"/>. Paths are absolute.</remarks>
public interface IStorageDevice
{
    bool FileExists(string path);

    bool DirectoryExists(string path) => List(path).Count > 0;

    /// <summary>Names in a folder; empty when there is no such folder.</summary>
    IReadOnlyList<StorageEntry> List(string directory);

    /// <summary>Creates the folder and its parents; like a file's, each name is durable only after a flush of the folder that holds it.</summary>
    void CreateDirectory(string directory);

    /// <summary>Opens for reading and writing. New files are empty.</summary>
    /// <exception cref="FileNotFoundException">Not there and not to be created.</exception>
    IStorageFile Open(string path, bool create);

    /// <summary>Does nothing when there is no such file.</summary>
    void DeleteFile(string path);

    /// <summary>Deletes with everything in it; does nothing when there is no such folder.</summary>
    void DeleteDirectory(string directory);

    /// <summary>Replaces <paramref name="to"/> at once: after a crash it is the old or the new file.</summary>
    void Rename(string from, string to);

    /// <summary>Makes the names in the folder durable.</summary>
    void FlushDirectory(string directory);

    /// <summary>Takes the lock that Apache's broker takes on the same file, creating it; null when someone else has it.</summary>
    IDisposable? TryLock(string path);
}

/// <summary>A file open for positioned reads and writes, by several threads at once.</summary>
public interface IStorageFile : IDisposable
{
    long Length { get; }

    /// <summary>Cuts, or extends by zeros without using disk (sparse).</summary>
    void SetLength(long length);

    /// <summary>Writes all bytes, or throws; then any part of them may have been written.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Reads until the buffer is full or the file ends; answers the bytes read.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <summary>Returns when content and length are on the device. After a failure nothing is known of writes since the last success.</summary>
    void Flush();
}

/// <summary>A name in a folder.</summary>
/// <remarks>A class, as are other small types here: collections of structs of ours can't be compiled ahead, and cost a starting node milliseconds.</remarks>
public sealed record StorageEntry(string Name, bool IsDirectory, long Length);
