using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace RocketAspire.Store;

/// <summary>The two syncs that .NET doesn't offer: fdatasync of a file, fsync of a folder.</summary>
internal static class NativeSync
{
    private const int ReadOnlyDirectoryCloexec = 0x10000 | 0x80000;

    public static void FlushFile(SafeFileHandle handle, string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(handle);
            return;
        }

        if (FDataSync(handle) != 0) throw Error("fdatasync", path);
    }

    /// <summary>Nothing to do on Windows, whose file system journals names; macOS syncs them with the file.</summary>
    public static void FlushDirectory(string path)
    {
        if (!OperatingSystem.IsLinux()) return;
        var fd = Open(Encoding.UTF8.GetBytes(path + '\0'), ReadOnlyDirectoryCloexec);
        if (fd < 0) throw Error("open", path);
        try
        {
            if (FSync(fd) != 0) throw Error("fsync", path);
        }
        finally
        {
            _ = Close(fd);
        }
    }

    private static IOException Error(string call, string path)
    {
        var code = Marshal.GetLastPInvokeError();
        return new IOException($"{call} of {path}: {Marshal.GetPInvokeErrorMessage(code)}", code);
    }

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static extern int FDataSync(SafeFileHandle fd);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int FSync(int fd);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int fd);
}
