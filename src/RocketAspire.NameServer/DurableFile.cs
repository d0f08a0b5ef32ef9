using System.Runtime.InteropServices;

namespace RocketAspire.NameServer;

/// <summary>Replaces a small file so that a crash leaves the old or the new one: temporary file, fsync, rename, fsync of the folder.</summary>
internal static class DurableFile
{
    public static Task WriteAsync(string path, byte[] content) => Task.Run(() => Write(path, content));

    private static void Write(string path, byte[] content)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        Directory.CreateDirectory(folder);
        var temporary = full + ".tmp";
        using (var file = File.Create(temporary))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, full, overwrite: true);
        SyncFolder(folder);
    }

    /// <summary>.NET has no call for it; Windows writes folder entries through by itself.</summary>
    private static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(folder, 0);
        if (descriptor < 0) return;
        _ = Fsync(descriptor);
        _ = Close(descriptor);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Fsync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);
}
