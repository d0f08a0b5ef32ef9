using System.Diagnostics;

namespace RocketAspire.Chaos.Cluster;

/// <summary>
/// The folder of one run, and a shell that waits for the end of this process, however it comes: it then kills every process
/// whose command line names the folder, and removes it.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    // Killed or not, this process's end of the pipe closes; Ctrl+C reaches the shell too and must not end it before.
    private const string Script = """
        trap '' INT TERM HUP
        read -r word
        for process in /proc/[0-9]*; do
          id=${process#/proc/}
          [ "$id" = "$$" ] && continue
          tr '\0' ' ' 2>/dev/null < "$process/cmdline" | grep -qF -- "$CHAOS_FOLDER/" && kill -9 "$id" 2>/dev/null
        done
        [ "$word" = keep ] || rm -rf -- "$CHAOS_FOLDER"
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Process _watcher;

    public RunFolder()
    {
        Path = Directory.CreateTempSubdirectory("rocketaspire-chaos-").FullName;
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script]) { RedirectStandardInput = true };
        // Not as an argument: it would find itself.
        start.Environment["CHAOS_FOLDER"] = Path;
        _watcher = Process.Start(start)!;
    }

    public string Path { get; }

    /// <summary>Leave the folder there: somebody will want to look.</summary>
    public bool Keep { get; set; }

    public void Dispose()
    {
        if (Keep) _watcher.StandardInput.WriteLine("keep");
        _watcher.StandardInput.Close();
        _watcher.WaitForExit(Limit);
        _watcher.Dispose();
    }
}
