namespace RocketAspire.Store;

/// <summary>A small file that is replaced whole: <c>config/*.json</c>.</summary>
/// <remarks>
/// Order of writing: the old content becomes <c>name.bak</c>, the new goes to <c>name.tmp</c>, both synced, then the
/// rename and a sync of the folder; so at any moment one of the two is whole. The names are those of Apache's ConfigManager
/// (https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/ConfigManager.java),
/// which reads the .bak when the file is missing or empty; so do we.
/// </remarks>
public sealed class StateFile(string path, IStorageDevice device)
{
    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>The content, else that of the backup, else null.</summary>
    public Task<byte[]?> ReadAsync(CancellationToken ct = default) => Task.Run(Read, ct);

    /// <summary>The backup's content, for a caller that could not make sense of the file's.</summary>
    public Task<byte[]?> ReadBackupAsync(CancellationToken ct = default) => Task.Run(() => Read(path + ".bak"), ct);

    /// <summary>Durable when it completes. Writers wait for one another.</summary>
    /// <exception cref="IOException">The old content is still in place.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> content, CancellationToken ct = default)
    {
        await _writing.WaitAsync(ct);
        try
        {
            await Task.Run(() => Write(content.Span), CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    internal byte[]? Read() => Read(path) ?? Read(path + ".bak");

    internal byte[]? ReadBackup() => Read(path + ".bak");

    internal void Write(ReadOnlySpan<byte> content)
    {
        var directory = Path.GetDirectoryName(path)!;
        device.CreateDirectory(directory);
        if (Read(path) is { } old)
        {
            Replace(path + ".bak.tmp", path + ".bak", old);
            device.FlushDirectory(directory);
        }

        Replace(path + ".tmp", path, content);
        device.FlushDirectory(directory);
        device.FlushDirectory(Path.GetDirectoryName(directory)!);
    }

    private void Replace(string temporary, string target, ReadOnlySpan<byte> content)
    {
        using (var file = device.Open(temporary, create: true))
        {
            file.SetLength(0);
            file.Write(0, content);
            file.Flush();
        }

        device.Rename(temporary, target);
    }

    private byte[]? Read(string from)
    {
        if (!device.FileExists(from)) return null;
        using var file = device.Open(from, create: false);
        var content = new byte[file.Length];
        return content.Length > 0 && file.Read(0, content) == content.Length ? content : null;
    }
}
