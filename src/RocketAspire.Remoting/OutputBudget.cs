namespace RocketAspire.Remoting;

/// <summary>
/// What peers that don't read may cost together. Each connection has its own limit, and a thousand of them are a lot: once the budget
/// is spent, nothing more is read from a connection until its peer has taken what is on its way.
/// </summary>
/// <param name="bytes">Unsent bytes.</param>
public sealed class OutputBudget(long bytes)
{
    private const long Least = 32L * 1024 * 1024;
    private const long Most = 128L * 1024 * 1024;

    private long _used;

    /// <summary>The process's: a sixteenth of the memory there is, from 32 to 128 MiB.</summary>
    public static OutputBudget Process { get; } = new(Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 16, Least, Most));

    /// <summary>Bytes that are being sent to peers which don't take them at once, or wait behind those.</summary>
    public long Used => Volatile.Read(ref _used);

    public bool IsSpent => Used > bytes;

    /// <summary>Spent twice over, by answers that came although nothing more was read.</summary>
    internal bool IsOverdrawn => Used > 2 * bytes;

    internal void Add(long count) => Interlocked.Add(ref _used, count);
}
