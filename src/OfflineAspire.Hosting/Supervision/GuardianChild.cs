using System.Globalization;

namespace OfflineAspire;

/// <summary>What the guardian knows of one command that it started.</summary>
/// <param name="group">Its processes.</param>
/// <param name="environment">What it was given.</param>
internal sealed class GuardianChild(ProcessGroup group, IReadOnlyDictionary<string, string> environment)
{
    public const int DefaultGraceMs = 5_000;

    // A resource may ask for more time to end than others get, seconds from 1 to 600; the killed AppHost's resources have it too.
    private const string StopSecondsVariable = "OFFLINEASPIRE_STOP_SECONDS";
    private const int MostStopSeconds = 600;

    /// <summary>How long it may take to end, ms.</summary>
    public int GraceMs { get; } =
        int.TryParse(environment.GetValueOrDefault(StopSecondsVariable), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds is > 0 and <= MostStopSeconds
            ? seconds * 1_000
            : DefaultGraceMs;

    public ProcessGroup Group { get; } = group;

    public int OpenStreams { get; set; } = 2;

    public ExitStatus? Status { get; set; }

    public bool ExitReported { get; set; }

    public long DrainUntil { get; set; }

    /// <summary>When its members are killed, in <see cref="Environment.TickCount64"/>; null while it may run.</summary>
    public long? StopsAt { get; set; }

    /// <summary>When it is stopped whatever it does, in <see cref="Environment.TickCount64"/>; null while it may take its time.</summary>
    public long? LimitAt { get; set; }

    public bool Asked { get; set; }
}

/// <summary>Commands that the guardian runs at the end for an AppHost that can't any more, the last kept first.</summary>
internal sealed class GuardianCleanup
{
    private readonly List<(string Name, SpawnRequest Request)> _commands = [];
    private int _running;

    /// <summary>All have been run.</summary>
    public bool IsDone { get; private set; }

    public void Keep(string name, SpawnRequest request)
    {
        Forget(name);
        _commands.Add((name, request));
    }

    public void Forget(string name) => _commands.RemoveAll(c => c.Name == name);

    /// <summary>The next one, under an id that no other child has; null while one runs, or when none is left.</summary>
    public (int Id, SpawnRequest Request)? Next(Func<int, bool> runs)
    {
        if (IsDone || (_running != 0 && runs(_running)))
        {
            return null;
        }
        if (_commands.Count == 0)
        {
            IsDone = true;
            return null;
        }
        SpawnRequest request = _commands[^1].Request;
        _commands.RemoveAt(_commands.Count - 1);
        return (--_running, request);
    }
}
