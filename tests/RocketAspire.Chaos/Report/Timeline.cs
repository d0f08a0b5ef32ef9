using System.Globalization;

namespace RocketAspire.Chaos.Report;

/// <summary>What happened when, in seconds since the run's start; said as it happens and kept.</summary>
internal sealed class Timeline(TextWriter output, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private readonly List<(TimeSpan At, string Text)> _entries = [];

    public TimeSpan Now => time.GetElapsedTime(_start);

    public TimeProvider Time => time;

    public IReadOnlyList<(TimeSpan At, string Text)> Entries
    {
        get
        {
            lock (_lock) return [.. _entries];
        }
    }

    public void Say(string text)
    {
        lock (_lock)
        {
            var now = Now;
            _entries.Add((now, text));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{now.TotalSeconds,8:0.000}  {text}"));
        }
    }

    /// <summary>A line without a time.</summary>
    public void Write(string line)
    {
        lock (_lock) output.WriteLine(line);
    }
}
