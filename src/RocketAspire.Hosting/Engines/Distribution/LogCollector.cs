using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RocketAspire.Hosting.Engines.Distribution;

/// <summary>Puts what an Apache node writes into its log file into its resource's console: on its own output it says next to nothing.</summary>
internal sealed class LogCollector(string file)
{
    // Shorter than what a reporter waits for the last lines of a node that failed.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    private int _isRunning;

    public void Attach(IDistributedApplicationBuilder app, IResource node) => app.Eventing.Subscribe<BeforeResourceStartedEvent>(node, (e, cancellationToken) =>
    {
        if (Interlocked.Exchange(ref _isRunning, 1) == 0)
        {
            var log = new GrowingLog(file, skipsWhatIsThere: true);
            var logger = e.Services.GetRequiredService<ResourceLoggerService>().GetLogger(node);
            var stopped = e.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopped;
            _ = Task.Run(() => RunAsync(log, logger, stopped), stopped);
        }

        return Task.CompletedTask;
    });

    private static async Task RunAsync(GrowingLog log, ILogger logger, CancellationToken stopped)
    {
        using (log)
        {
            using var timer = new PeriodicTimer(BetweenLooks);
            try
            {
                do
                {
                    foreach (var line in log.Read()) Log.NodeLine(logger, IsError(line) ? LogLevel.Error : LogLevel.Information, line);
                }
                while (await timer.WaitForNextTickAsync(stopped).ConfigureAwait(false));
            }
            catch (OperationCanceledException)
            {
                // The application has stopped.
            }
        }
    }

    /// <summary><c>2026-01-31 12:00:00 ERROR main - …</c>.</summary>
    private static bool IsError(string line) => line.Length > 20 && line.AsSpan(0, Math.Min(line.Length, 40)).Contains(" ERROR ", StringComparison.Ordinal);
}
