using System.Globalization;
using System.Text.RegularExpressions;

namespace RocketAspire.Chaos.Cluster;

/// <summary>Who leads a group of equals: the node whose own log says so for the highest term. What it says can be old, as an operator's view is.</summary>
internal sealed partial class LeaderWatch
{
    private readonly Lock _lock = new();

    // How far each node's log was read, and the last term found in it.
    private readonly Dictionary<string, (long Position, int Term)> _read = new(StringComparer.Ordinal);

    /// <summary>Null when none ever served.</summary>
    public ChaosBroker? LeaderOf(IReadOnlyList<ChaosBroker> group)
    {
        lock (_lock)
        {
            var (broker, term) = group.Select(b => (Broker: b, Term: LastTermServed(b))).MaxBy(static b => b.Term);
            return term > 0 ? broker : null;
        }
    }

    private int LastTermServed(ChaosBroker broker)
    {
        var (position, term) = _read.GetValueOrDefault(broker.Name);
        try
        {
            using var log = new FileStream(broker.Process.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            log.Seek(position, SeekOrigin.Begin);
            using var reader = new StreamReader(log);
            var text = reader.ReadToEnd();
            // A line that isn't whole yet is read again.
            var whole = text.LastIndexOf('\n') + 1;
            foreach (Match served in ServesAsLeader().Matches(text[..whole])) term = int.Parse(served.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
            _read[broker.Name] = (position + System.Text.Encoding.UTF8.GetByteCount(text[..whole]), term);
        }
        catch (IOException)
        {
            // It hasn't said anything yet.
        }

        return term;
    }

    [GeneratedRegex("serves as leader of term ([0-9]+)")]
    private static partial Regex ServesAsLeader();
}
