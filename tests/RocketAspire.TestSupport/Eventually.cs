using System.Diagnostics;

namespace RocketAspire.TestSupport;

/// <summary>Waits for what must happen soon, instead of sleeping for how long it might take.</summary>
public static class Eventually
{
    /// <summary>Far more than anything needs on a quiet machine, little enough to notice on a busy one.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <param name="what">What is waited for, in words for the failure.</param>
    /// <param name="condition">Asked every few milliseconds.</param>
    /// <param name="limit">Longest wait; <see cref="Limit"/> when not given.</param>
    /// <exception cref="TimeoutException">It didn't happen; the message says what.</exception>
    public static Task TrueAsync(string what, Func<bool> condition, TimeSpan? limit = null) =>
        TrueAsync(what, () => Task.FromResult(condition()), limit);

    /// <inheritdoc cref="TrueAsync(string, Func{bool}, TimeSpan?)"/>
    public static async Task TrueAsync(string what, Func<Task<bool>> condition, TimeSpan? limit = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > (limit ?? Limit)) throw new TimeoutException($"waited {watch.Elapsed.TotalSeconds:0.0} s in vain for: {what}");
            await Task.Delay(5);
        }
    }
}
