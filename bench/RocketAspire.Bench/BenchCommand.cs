using System.Runtime.InteropServices;

namespace RocketAspire.Bench;

/// <summary>Arguments in, table and JSON out. Exit code 0: measured; 1: nothing got through, or something acknowledged is missing; 2: wrong arguments.</summary>
internal static class BenchCommand
{
    private const int Success = 0;
    private const int Failed = 1;
    private const int WrongArguments = 2;

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        try
        {
            var options = BenchArguments.Parse(args);
            if (options.Help)
            {
                await output.WriteLineAsync(BenchArguments.Usage).ConfigureAwait(false);
                return Success;
            }

            using var interrupted = new CancellationTokenSource();
            // Ctrl+C, or TERM for one in the background, ends the run early; a second one ends the process.
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle);
            void Handle(PosixSignalContext context)
            {
                context.Cancel = !interrupted.IsCancellationRequested;
                interrupted.Cancel();
            }

            return await MeasureAsync(options, output, interrupted.Token).ConfigureAwait(false);
        }
        catch (BenchArgumentException e)
        {
            await errors.WriteLineAsync("RocketAspire.Bench: " + e.Message).ConfigureAwait(false);
            return WrongArguments;
        }
        catch (Exception e) when (e is BenchException or IOException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync("RocketAspire.Bench: " + e.Message).ConfigureAwait(false);
            return Failed;
        }
        catch (OperationCanceledException)
        {
            await errors.WriteLineAsync("RocketAspire.Bench: interrupted before anything was sent").ConfigureAwait(false);
            return Failed;
        }
    }

    private static async Task<int> MeasureAsync(BenchOptions options, TextWriter output, CancellationToken interrupted)
    {
        var result = await new BenchRun(options, Console.IsOutputRedirected ? null : output).RunAsync(interrupted).ConfigureAwait(false);
        await output.WriteAsync(ResultTable.Write(result)).ConfigureAwait(false);
        if (options.JsonFile is { } file) await File.WriteAllTextAsync(file, result.ToJson() + Environment.NewLine, CancellationToken.None).ConfigureAwait(false);
        var lost = options.Mode != SendMode.Oneway && result.Received is { Missing: > 0 };
        return result.Sent.Messages == 0 || lost ? Failed : Success;
    }
}
