using System.Runtime.InteropServices;

namespace OfflineAspire;

/// <summary>macOS (compiled, not tried): no subreaper, so a group is its Unix process group.</summary>
internal sealed unsafe partial class MacOSPlatform : UnixPlatform
{
    private const int SetDescriptorFlags = 2;
    private const nint CloseOnExec = 1;

    protected override int SigContinue => 19;

    protected override int SigStop => 17;

    protected override short SetSession => 0x400;

    public override List<int> Scan(IReadOnlyCollection<ProcessGroup> groups, int guardianId)
    {
        foreach (ProcessGroup group in groups)
        {
            group.Members.Clear();
            if (IsAlive(-group.RootProcessId))
            {
                group.Members.Add((group.RootProcessId, group.RootProcessId));
            }
        }
        return [];
    }

    public override void WatchDotnetRun(Action parentEnded)
    {
        int parent = ParentProcessId();
        using var ps = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("ps", ["-o", "command=", "-p", $"{parent}"])
        {
            RedirectStandardOutput = true,
        });
        if (ps is null || !IsDotnetRun(ps.StandardOutput.ReadToEnd().Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            return;
        }
        new Thread(() =>
        {
            while (ParentProcessId() == parent)
            {
                Thread.Sleep(100);
            }
            parentEnded();
        }, 128 * 1024)
        { IsBackground = true, Name = "parent watch" }.Start();
    }

    protected override void OpenPipe(int* ends)
    {
        if (Pipe(ends) != 0)
        {
            throw new SpawnException($"cannot open a pipe: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        SetFlag(ends[0], SetDescriptorFlags, CloseOnExec);
        SetFlag(ends[1], SetDescriptorFlags, CloseOnExec);
    }

    [LibraryImport("libc", EntryPoint = "pipe", SetLastError = true)]
    private static partial int Pipe(int* ends);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int SetFlag(int descriptor, int command, nint value);
}
