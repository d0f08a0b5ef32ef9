using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace OfflineAspire;

/// <summary>Linux: orphans come to the guardian (child subreaper), and /proc tells who belongs to whom.</summary>
internal sealed unsafe partial class LinuxPlatform : UnixPlatform
{
    private const int CloseOnExec = 0x80000;
    private const int SetChildSubreaper = 36;
    private const nint PidfdOpen = 434;
    private const short PollIn = 1;

    protected override int SigContinue => 18;

    protected override int SigStop => 19;

    protected override short SetSession => 0x80;

    public override bool HangupIsIgnored
    {
        get
        {
            string? ignored = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("SigIgn:", StringComparison.Ordinal));
            return ignored is not null && (ulong.Parse(ignored[7..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 1) != 0;
        }
    }

    public override void EnterGuardian(Action<int, ExitStatus> childExited)
    {
        Prctl(SetChildSubreaper, 1, 0, 0, 0);
        base.EnterGuardian(childExited);
    }

    public override List<int> Scan(IReadOnlyCollection<ProcessGroup> groups, int guardianId)
    {
        Dictionary<int, Stat> all = ReadProcesses();
        var owners = new Dictionary<int, ProcessGroup?>();
        Dictionary<int, ProcessGroup> bySession = groups.ToDictionary(g => g.RootProcessId);
        foreach (ProcessGroup group in groups)
        {
            group.Members.Clear();
        }
        var strays = new List<int>();
        foreach (Stat process in all.Values)
        {
            if (OwnerOf(process, 0) is { } owner)
            {
                owner.Known.Add((process.Id, process.StartTime));
                owner.Members.Add((process.Id, process.Group));
            }
            else if (guardianId != 0 && DescendsFrom(process, guardianId, all) && !IsEngines(process, all))
            {
                strays.Add(process.Id);
            }
        }
        return strays;

        ProcessGroup? OwnerOf(Stat process, int depth)
        {
            if (owners.TryGetValue(process.Id, out ProcessGroup? known) || process.Id == guardianId || process.Id == Environment.ProcessId || depth > 256)
            {
                return known;
            }
            ProcessGroup? owner = bySession.GetValueOrDefault(process.Session)
                ?? groups.FirstOrDefault(g => g.Known.Contains((process.Id, process.StartTime)));
            if (owner is null && all.TryGetValue(process.Parent, out Stat parent))
            {
                owner = OwnerOf(parent, depth + 1);
            }
            // Left the session and lost its parent: only the mark in its environment tells whose it was.
            if (owner is null && (process.Parent == guardianId || guardianId == 0))
            {
                owner = OwnerByMark(process.Id, groups);
            }
            return owners[process.Id] = owner is { IsEngine: true } && owner.RootProcessId != process.Session ? null : owner;
        }
    }

    public override void WatchDotnetRun(Action parentEnded)
    {
        int parent = ParentProcessId();
        string commandLine;
        try
        {
            commandLine = File.ReadAllText($"/proc/{parent}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;
        }
        if (!IsDotnetRun(commandLine.Split('\0', StringSplitOptions.RemoveEmptyEntries)))
        {
            return;
        }
        int descriptor = (int)Syscall(PidfdOpen, parent, 0);
        new Thread(() =>
        {
            var poll = new PollDescriptor { Descriptor = descriptor, Events = PollIn };
            // Without pidfds (before Linux 5.3), or when the parent ended before the descriptor was there, looking is what is left.
            while (ParentProcessId() == parent && (descriptor < 0 || Poll(&poll, 1, 1_000) <= 0))
            {
                if (descriptor < 0)
                {
                    Thread.Sleep(100);
                }
            }
            parentEnded();
        }, 128 * 1024)
        { IsBackground = true, Name = "parent watch" }.Start();
    }

    protected override void OpenPipe(int* ends)
    {
        if (Pipe(ends, CloseOnExec) != 0)
        {
            throw new SpawnException($"cannot open a pipe: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    private static bool DescendsFrom(Stat process, int ancestor, Dictionary<int, Stat> all)
    {
        for (int depth = 0; depth < 256; depth++)
        {
            if (process.Parent == ancestor)
            {
                return true;
            }
            if (!all.TryGetValue(process.Parent, out process))
            {
                return false;
            }
        }
        return false;
    }

    // Started by a container engine's program, or by one so started: a container's own processes have no mark.
    private static bool IsEngines(Stat process, Dictionary<int, Stat> all)
    {
        bool found = true;
        for (int depth = 0; found && depth < 256; depth++)
        {
            if (MarkOf(process.Id)?.StartsWith(ProcessGroup.EnginePrefix, StringComparison.Ordinal) is true)
            {
                return true;
            }
            found = all.TryGetValue(process.Parent, out process);
        }
        return false;
    }

    private static ProcessGroup? OwnerByMark(int processId, IReadOnlyCollection<ProcessGroup> groups) =>
        MarkOf(processId) is { } mark ? groups.FirstOrDefault(g => g.Marker == mark) : null;

    private static string? MarkOf(int processId)
    {
        try
        {
            string prefix = ProcessGroup.MarkerVariable + "=";
            return File.ReadAllText($"/proc/{processId}/environ").Split('\0').FirstOrDefault(v => v.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Dictionary<int, Stat> ReadProcesses()
    {
        var all = new Dictionary<int, Stat>();
        byte[] buffer = new byte[1024];
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && ReadStat(id, buffer) is { } stat)
            {
                all[id] = stat;
            }
        }
        return all;
    }

    // /proc/ID/stat: id (name) state parent group session … start time is the 22nd field; the name may hold spaces and brackets.
    private static Stat? ReadStat(int id, byte[] buffer)
    {
        try
        {
            using FileStream file = new($"/proc/{id}/stat", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            string text = Encoding.ASCII.GetString(buffer, 0, file.Read(buffer));
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null
                : new(id, Number(fields[1]), Number(fields[2]), Number(fields[3]), long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or FormatException)
        {
            return null; // It ended while being read.
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private readonly record struct Stat(int Id, int Parent, int Group, int Session, long StartTime);

    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint a, nint b);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMs);
}
