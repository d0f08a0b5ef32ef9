using System.Text;

namespace RocketAspire.Hosting.Publishing;

/// <summary>Writes a folder whole or not at all.</summary>
internal static class OutputFolder
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Runnable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <param name="shown">The folder as the user gave it.</param>
    /// <param name="path">The folder's full path; it must be missing or empty.</param>
    /// <param name="files">What it will hold.</param>
    /// <exception cref="RocketMQSettingException">It can't be written, or isn't empty; it is as it was before.</exception>
    public static void Write(string shown, string path, IReadOnlyList<PublishedFile> files)
    {
        try
        {
            if (File.Exists(path)) throw new RocketMQSettingException($"--output-path {shown}: is a file");
            if (!Directory.Exists(path))
            {
                WriteBeside(path, files);
                return;
            }
            if (Directory.EnumerateFileSystemEntries(path).Any()) throw new RocketMQSettingException($"--output-path {shown}: isn't empty; nothing is overwritten");
            WriteInside(path, files);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RocketMQSettingException($"--output-path {shown}: can't be written: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static void WriteBeside(string path, IReadOnlyList<PublishedFile> files)
    {
        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path))!;
        Directory.CreateDirectory(parent);
        var staging = StagingIn(parent);
        try
        {
            Fill(staging, files);
            Directory.Move(staging, path);
        }
        catch
        {
            Remove(staging);
            throw;
        }
    }

    /// <summary>The user's own empty folder stays: it may be a mount, or where his shell stands.</summary>
    private static void WriteInside(string path, IReadOnlyList<PublishedFile> files)
    {
        var staging = StagingIn(path);
        var moved = new List<string>();
        try
        {
            Fill(staging, files);
            foreach (var entry in Directory.EnumerateFileSystemEntries(staging).ToList())
            {
                var target = Path.Combine(path, Path.GetFileName(entry));
                Directory.Move(entry, target);
                moved.Add(target);
            }
            Directory.Delete(staging);
        }
        catch
        {
            foreach (var entry in moved) Remove(entry);
            Remove(staging);
            throw;
        }
    }

    private static string StagingIn(string folder) => Path.Combine(folder, ".rocketaspire-publish-" + Environment.ProcessId);

    private static void Fill(string folder, IReadOnlyList<PublishedFile> files)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in files)
        {
            var path = Path.Combine(folder, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, file.Text, Utf8);
            // Whatever the user's own mask: another user reads it, on the host or in the container.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, file.IsExecutable ? Readable | Runnable : Readable);
        }
    }

    private static void Remove(string path)
    {
        try
        {
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
            else File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to tell.
        }
    }
}
