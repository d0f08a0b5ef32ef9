using System.Runtime.InteropServices;
using RocketAspire.Chaos.Report;

namespace RocketAspire.Chaos;

/// <summary>One seed after the other; 0 when none found anything, 1 when one did, 2 for a wrong command line.</summary>
internal static class ChaosProgram
{
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        ChaosOptions options;
        try
        {
            if (!OperatingSystem.IsLinux()) throw new FormatException("signals, /proc and loopback addresses are used as Linux has them; this is another system");
            options = ChaosOptions.Parse(args);
        }
        catch (FormatException e)
        {
            await error.WriteLineAsync($"RocketAspire.Chaos: {e.Message}\n{ChaosOptions.Usage}").ConfigureAwait(false);
            return 2;
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        var results = new List<RunResult>();
        for (var i = 0; i < options.Seeds && !stop.IsCancellationRequested; i++)
        {
            results.Add(await new ChaosRun(options, options.Seed + i, output).RunAsync(stop.Token).ConfigureAwait(false));
        }

        if (results.Count > 1) RunReport.WriteTable(output, results);
        return results.All(static r => r.Violations.Count == 0) && !stop.IsCancellationRequested ? 0 : 1;

        // A second one ends the process at once; what watches over its folder then cleans up.
        void Stop(PosixSignalContext context)
        {
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }
}
