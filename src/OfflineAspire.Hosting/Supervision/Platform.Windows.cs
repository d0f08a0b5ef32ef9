using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OfflineAspire;

/// <summary>Windows (compiled, not tried): a group is a job object, which ends its processes when the guardian's handle closes.</summary>
internal sealed unsafe partial class WindowsPlatform : Platform
{
    private const int ExtendedLimitInformation = 9;
    private const int BasicAccounting = 1;
    private const uint KillOnJobClose = 0x2000;

    private Action<int, ExitStatus>? _childExited;

    public override void EnterGuardian(Action<int, ExitStatus> childExited) => _childExited = childExited;

    public override SpawnedProcess Spawn(SpawnRequest request)
    {
        var start = new ProcessStartInfo(request.File, request.Arguments)
        {
            WorkingDirectory = request.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = !request.IsGuardian,
            UseShellExecute = false,
        };
        start.Environment.Clear();
        foreach ((string name, string value) in request.Environment)
        {
            start.Environment[name] = value;
        }
        try
        {
            var process = new Process { StartInfo = start, EnableRaisingEvents = true };
            process.Exited += (_, _) => _childExited?.Invoke(process.Id, new(process.ExitCode, 0));
            process.Start();
            SafeFileHandle? job = request.IsGuardian ? null : CreateJob(process);
            if (!request.IsGuardian)
            {
                process.StandardInput.Close();
            }
            return new(process.Id, request.IsGuardian ? process.StandardInput.BaseStream : null, process.StandardOutput.BaseStream,
                request.IsGuardian ? null : process.StandardError.BaseStream, job);
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            throw new SpawnException($"cannot start '{request.File}': {e.Message}");
        }
    }

    public override void WaitForChild(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.WaitForExit();
        }
        catch (ArgumentException)
        {
            // It has ended already.
        }
    }

    public override List<int> Scan(IReadOnlyCollection<ProcessGroup> groups, int guardianId)
    {
        byte* accounting = stackalloc byte[64];
        foreach (ProcessGroup group in groups)
        {
            group.Members.Clear();
            // TotalUserTime … ActiveProcesses is the 32-bit number at offset 40 of JOBOBJECT_BASIC_ACCOUNTING_INFORMATION.
            if (group.Native is SafeFileHandle job && QueryJob(job, BasicAccounting, accounting, 48, null) && *(int*)(accounting + 40) > 0)
            {
                group.Members.Add((group.RootProcessId, 0));
            }
        }
        return [];
    }

    public override void Terminate(ProcessGroup group)
    {
        // A process without a window or console of its own has no signal to ask it with.
        try
        {
            using var root = Process.GetProcessById(group.RootProcessId);
            if (!root.CloseMainWindow())
            {
                Kill(group);
            }
        }
        catch (ArgumentException)
        {
            Kill(group);
        }
    }

    public override void Kill(ProcessGroup group)
    {
        if (group.Native is SafeFileHandle job)
        {
            TerminateJob(job, 1);
        }
    }

    public override void KillProcess(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or Win32Exception or InvalidOperationException)
        {
            // It has ended already.
        }
    }

    public override void WatchDotnetRun(Action parentEnded)
    {
        // `dotnet run` puts its child into a job of its own there, so nothing outlives it.
    }

    private static SafeFileHandle CreateJob(Process process)
    {
        SafeFileHandle job = CreateJobObject(0, 0);
        // JOBOBJECT_EXTENDED_LIMIT_INFORMATION: LimitFlags is the 32-bit number at offset 16.
        byte* limits = stackalloc byte[144];
        new Span<byte>(limits, 144).Clear();
        *(uint*)(limits + 16) = KillOnJobClose;
        SetJob(job, ExtendedLimitInformation, limits, 144);
        AssignToJob(job, process.SafeHandle);
        return job;
    }

    [LibraryImport("kernel32", EntryPoint = "CreateJobObjectW")]
    private static partial SafeFileHandle CreateJobObject(nint attributes, nint name);

    [LibraryImport("kernel32", EntryPoint = "SetInformationJobObject")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SetJob(SafeFileHandle job, int kind, byte* information, uint length);

    [LibraryImport("kernel32", EntryPoint = "QueryInformationJobObject")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool QueryJob(SafeFileHandle job, int kind, byte* information, uint length, uint* returned);

    [LibraryImport("kernel32", EntryPoint = "AssignProcessToJobObject")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool AssignToJob(SafeFileHandle job, SafeProcessHandle process);

    [LibraryImport("kernel32", EntryPoint = "TerminateJobObject")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool TerminateJob(SafeFileHandle job, uint exitCode);
}
