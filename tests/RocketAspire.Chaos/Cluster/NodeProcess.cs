using System.Diagnostics;

namespace RocketAspire.Chaos.Cluster;

internal enum NodeState
{
    Stopped,
    Running,
    Paused,
}

/// <summary>One node as a process: starts, dies and returns. One fault at a time: <see cref="Gate"/> is theirs to hold.</summary>
/// <param name="name">The node's name.</param>
/// <param name="server">The server's executable.</param>
/// <param name="arguments">What it is started with.</param>
/// <param name="folder">The node's folder, with its file and its store.</param>
internal sealed class NodeProcess(string name, string server, IReadOnlyList<string> arguments, string folder) : IDisposable
{
    private readonly Lock _lock = new();
    private Process? _process;
    private bool _endIsWanted;
    private long _saidBefore;

    public string Name => name;

    public string Folder => folder;

    public string Store => Path.Combine(folder, "store");

    public string LogFile => Path.Combine(folder, "server.log");

    /// <summary>Taken by a fault while it has this node in hand.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    public NodeState State { get; private set; }

    /// <summary>Whether it has said anything since its last start: before that it doesn't listen to signals yet.</summary>
    public bool HasSpoken => LogLength > _saidBefore;

    /// <summary>Told when the process ended though nobody wanted it to, with its exit code.</summary>
    public event Action<NodeProcess, int>? EndedByItself;

    public void Start()
    {
        lock (_lock)
        {
            if (State != NodeState.Stopped) return;
            _process?.Dispose();
            // The shell becomes the server: its process id is the server's, and its output goes to a file without passing through here.
            var start = new ProcessStartInfo("/bin/sh", ["-c", """exec "$0" "$@" >> "$NODE_LOG" 2>&1""", server, .. arguments]) { RedirectStandardInput = true };
            start.Environment["NODE_LOG"] = LogFile;
            start.Environment.Remove("NAMESRV_ADDR");
            start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
            var process = new Process { StartInfo = start, EnableRaisingEvents = true };
            process.Exited += (_, _) => OnExited(process);
            _endIsWanted = false;
            _saidBefore = LogLength;
            process.Start();
            process.StandardInput.Close();
            _process = process;
            State = NodeState.Running;
        }
    }

    /// <summary>SIGKILL, and the process is gone when this returns.</summary>
    public void Kill() => End(ProcessSignals.Kill, Timeout.InfiniteTimeSpan);

    /// <summary>SIGTERM; answers the exit code, or null when it had to be killed after the limit.</summary>
    public int? Stop(TimeSpan limit) => End(ProcessSignals.Terminate, limit);

    public void Pause()
    {
        lock (_lock)
        {
            if (State == NodeState.Running && ProcessSignals.Send(_process!.Id, ProcessSignals.Stop)) State = NodeState.Paused;
        }
    }

    public void Resume()
    {
        lock (_lock)
        {
            if (State == NodeState.Paused && ProcessSignals.Send(_process!.Id, ProcessSignals.Continue)) State = NodeState.Running;
        }
    }

    public void Dispose()
    {
        Kill();
        _process?.Dispose();
        Gate.Dispose();
    }

    private long LogLength => File.Exists(LogFile) ? new FileInfo(LogFile).Length : 0;

    private int? End(int signal, TimeSpan limit)
    {
        // One that is killed while it is paused must not run on for a moment.
        if (signal != ProcessSignals.Kill) Resume();
        Process process;
        lock (_lock)
        {
            if (State == NodeState.Stopped) return 0;
            _endIsWanted = true;
            process = _process!;
            ProcessSignals.Send(process.Id, signal);
        }

        var inTime = process.WaitForExit(limit);
        if (!inTime)
        {
            ProcessSignals.Send(process.Id, ProcessSignals.Kill);
            process.WaitForExit();
        }

        lock (_lock) State = NodeState.Stopped;
        return inTime ? process.ExitCode : null;
    }

    private void OnExited(Process process)
    {
        int code;
        lock (_lock)
        {
            if (_endIsWanted || process != _process) return;
            State = NodeState.Stopped;
            code = process.ExitCode;
        }

        EndedByItself?.Invoke(this, code);
    }
}
