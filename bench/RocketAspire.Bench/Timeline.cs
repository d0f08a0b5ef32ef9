using System.Globalization;

namespace RocketAspire.Bench;

/// <summary>Takes a sample each second and, on a terminal, says it.</summary>
internal sealed class Timeline(SendLoad send, ReceiveLoad? receive, TextWriter? progress)
{
    private readonly List<SecondSample> _samples = [];

    public IReadOnlyList<SecondSample> Samples => _samples;

    /// <summary>For so many seconds, or until told to stop.</summary>
    public async Task RunAsync(int seconds, CancellationToken stop)
    {
        var (sent, errors, received) = (0L, 0L, 0L);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            for (var second = 1; second <= seconds; second++)
            {
                await timer.WaitForNextTickAsync(stop).ConfigureAwait(false);
                var tally = send.Tally;
                var sample = new SecondSample(second, tally.Sent - sent, tally.Errors - errors, (receive?.Received ?? 0) - received);
                (sent, errors, received) = (tally.Sent, tally.Errors, receive?.Received ?? 0);
                _samples.Add(sample);
                progress?.WriteLine(Describe(sample));
            }
        }
        catch (OperationCanceledException)
        {
            // Interrupted: what was taken so far stands.
        }
    }

    private string Describe(SecondSample sample)
    {
        var culture = CultureInfo.InvariantCulture;
        var text = string.Create(culture, $"{sample.Second,5} s  sent {sample.Sent,9:N0}/s");
        if (receive is not null) text += string.Create(culture, $"  received {sample.Received,9:N0}/s");
        return sample.Errors > 0 ? text + string.Create(culture, $"  errors {sample.Errors:N0}") : text;
    }
}
