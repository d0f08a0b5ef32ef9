namespace OfflineAspire;

/// <summary>How a process ended: its exit code, or 128 + the signal that ended it.</summary>
internal readonly record struct ExitStatus(int Code, int Signal)
{
    public override string ToString() => Signal == 0 ? $"exit code {Code}" : $"signal {Signal}";
}

/// <summary>What to run. Each process gets a session (Unix) or job (Windows) of its own.</summary>
internal sealed record SpawnRequest
{
    public required string File { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required string WorkingDirectory { get; init; }

    /// <summary>The guardian itself: its standard input is a pipe, and its errors go where the caller's go.</summary>
    public bool IsGuardian { get; init; }
}

internal sealed record SpawnedProcess(int ProcessId, Stream? StandardInput, Stream StandardOutput, Stream? StandardError, object? Native = null);

/// <summary>The command can't be started; the message is one line for the user.</summary>
internal sealed class SpawnException(string message) : Exception(message);

/// <summary>All processes that descend from one started command.</summary>
internal sealed class ProcessGroup(int id, int rootProcessId, string marker, object? native)
{
    /// <summary>Name of the environment variable that marks every process of a group.</summary>
    public const string MarkerVariable = "OFFLINEASPIRE_GROUP";

    /// <summary>How the mark of a container engine's program begins.</summary>
    public const string EnginePrefix = "engine/";

    public int Id { get; } = id;

    public int RootProcessId { get; } = rootProcessId;

    public string Marker { get; } = marker;

    /// <summary>
    /// The program of a container engine. What it leaves behind is the engine's own: a monitor for each container, a name server for
    /// all networks. They end with their containers, by the engine's own commands, and are no members.
    /// </summary>
    public bool IsEngine => Marker.StartsWith(EnginePrefix, StringComparison.Ordinal);

    public object? Native { get; } = native;

    /// <summary>Process id and start time of those seen so far: they stay members when they leave the session.</summary>
    public HashSet<(int ProcessId, long StartTime)> Known { get; } = [];

    /// <summary>Living processes at the last scan, and their Unix process groups.</summary>
    public List<(int ProcessId, int UnixGroup)> Members { get; } = [];
}

/// <summary>What differs between operating systems; one file each.</summary>
internal abstract class Platform
{
    public static Platform Current { get; } =
        OperatingSystem.IsLinux() ? new LinuxPlatform() : OperatingSystem.IsMacOS() ? new MacOSPlatform() : new WindowsPlatform();

    /// <summary>True when the terminal's hang-up is ignored (nohup), and so must stay.</summary>
    public virtual bool HangupIsIgnored => false;

    /// <summary>Makes this process deaf to signals meant for the AppHost and parent of orphaned descendants.</summary>
    public abstract void EnterGuardian(Action<int, ExitStatus> childExited);

    /// <exception cref="SpawnException">The command can't be started.</exception>
    public abstract SpawnedProcess Spawn(SpawnRequest request);

    /// <summary>Blocks until a child that was spawned outside of a guardian has ended.</summary>
    public abstract void WaitForChild(int processId);

    /// <summary>Fills in the members of each group.</summary>
    /// <param name="groups">Groups to look for.</param>
    /// <param name="guardianId">Adopts orphans; 0 when the guardian is gone and they may be anywhere.</param>
    /// <returns>Descendants of the guardian that belong to no group and to no container engine.</returns>
    public abstract List<int> Scan(IReadOnlyCollection<ProcessGroup> groups, int guardianId);

    /// <summary>Asks all members to end; stopped ones are continued so that they hear it.</summary>
    public abstract void Terminate(ProcessGroup group);

    public abstract void Kill(ProcessGroup group);

    public abstract void KillProcess(int processId);

    /// <summary>Calls back when the parent ends, if the parent is <c>dotnet run</c> or <c>dotnet watch</c>.</summary>
    public abstract void WatchDotnetRun(Action parentEnded);

    /// <summary>True for the command line of <c>dotnet run …</c> and its like, false for a shell.</summary>
    protected static bool IsDotnetRun(IReadOnlyList<string> commandLine) => commandLine.Count > 1
        && Path.GetFileNameWithoutExtension(commandLine[0]).Equals("dotnet", StringComparison.OrdinalIgnoreCase)
        && commandLine.Skip(1).Take(4).Any(a => a is "run" or "watch");
}
