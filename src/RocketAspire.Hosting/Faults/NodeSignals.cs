using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RocketAspire.Hosting.Faults;

/// <summary>Signals to a node's process.</summary>
internal static partial class NodeSignals
{
    /// <summary>Null where processes can be paused.</summary>
    public static string? WhyNoPause { get; } = OperatingSystem.IsWindows() ? "Windows can't pause a process" : null;

    /// <exception cref="InvalidOperationException">There is no such process.</exception>
    public static void Kill(int processId)
    {
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
        if (SendSignal(processId, signal) != 0) throw new InvalidOperationException($"process {processId} can't be signalled: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);
}
