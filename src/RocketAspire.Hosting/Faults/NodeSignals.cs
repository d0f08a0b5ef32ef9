using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RocketAspire.Hosting.Faults;

/// <summary>Signals to a node's process, and to those that it started when it leads a group: a script alone is nobody when its Java goes on.</summary>
internal static partial class NodeSignals
{
    private const int KillSignal = 9;

    /// <summary>Null where processes can be paused.</summary>
    public static string? WhyNoPause { get; } = OperatingSystem.IsWindows() ? "Windows can't pause a process" : null;

    /// <exception cref="InvalidOperationException">There is no such process.</exception>
    public static void Kill(int processId)
    {
        if (!OperatingSystem.IsWindows())
        {
            Send(processId, KillSignal);
            return;
        }

        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
        }
        catch (ArgumentException e)
        {
            throw new InvalidOperationException($"process {processId} is gone", e);
        }
    }

    /// <exception cref="InvalidOperationException">There is no such process.</exception>
    public static void Pause(int processId) => Send(processId, OperatingSystem.IsMacOS() ? 17 : 19);

    /// <exception cref="InvalidOperationException">There is no such process.</exception>
    public static void Resume(int processId) => Send(processId, OperatingSystem.IsMacOS() ? 19 : 18);

    private static void Send(int processId, int signal)
    {
        // A group of that number is of no other process: its own number stays taken as long as the group lives.
        if (SendSignal(-processId, signal) != 0 && SendSignal(processId, signal) != 0) throw new InvalidOperationException($"process {processId} can't be signalled: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);
}
