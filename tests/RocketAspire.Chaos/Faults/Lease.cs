using RocketAspire.Chaos.Cluster;

namespace RocketAspire.Chaos.Faults;

/// <summary>Nodes that one fault has in hand, so that no other kills, pauses or starts them meanwhile.</summary>
internal sealed class Lease : IDisposable
{
    private IReadOnlyList<NodeProcess> _nodes;

    private Lease(IReadOnlyList<NodeProcess> nodes) => _nodes = nodes;

    /// <summary>All of the nodes, or null when one stays in another fault's hands for longer than the limit.</summary>
    public static async Task<Lease?> TryTakeAsync(IEnumerable<NodeProcess> nodes, TimeSpan limit)
    {
        var taken = new List<NodeProcess>();
        // Always in one order: two faults can't wait for each other.
        foreach (var node in nodes.OrderBy(static n => n.Name, StringComparer.Ordinal))
        {
            if (await node.Gate.WaitAsync(limit).ConfigureAwait(false))
            {
                taken.Add(node);
                continue;
            }

            new Lease(taken).Dispose();
            return null;
        }

        return new Lease(taken);
    }

    public void Dispose()
    {
        foreach (var node in Interlocked.Exchange(ref _nodes, [])) node.Gate.Release();
    }
}
