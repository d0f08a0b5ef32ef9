using System.Globalization;
using RocketAspire.Console.Cluster;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Console.Messages;

/// <summary>Finds one message by either of its ids. An id of a broker's names an address: only brokers of this cluster are asked, or anybody's id would make the console connect anywhere.</summary>
public sealed class MessageLookup(ClusterGateway gateway, ClusterPoller poller)
{
    /// <summary>Those of one id: the message, and of a producer's id what retries stored again.</summary>
    /// <param name="topic">Null when only a broker's id is known.</param>
    /// <param name="id">Of the producer or the broker.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<IReadOnlyList<MessageRecord>> FindAsync(string? topic, string id, CancellationToken cancellationToken = default)
    {
        // A producer's id may look like a broker's: it is asked where it would point to only when nobody has it.
        if (!string.IsNullOrEmpty(topic) && await gateway.Admin.Messages.FindByUniqueIdAsync(topic, id, cancellationToken).ConfigureAwait(false) is { Count: > 0 } found) return found;
        return await GetAsync(id, cancellationToken).ConfigureAwait(false) is { } record ? [record] : [];
    }

    /// <summary>The message at a place in a broker's log; null when it isn't there, or no broker of this cluster is meant.</summary>
    public async Task<MessageRecord?> GetAsync(string offsetId, CancellationToken cancellationToken = default)
    {
        if (!MessageId.TryParse(offsetId, out var host, out var offset)) return null;
        var stored = host.ToString();
        var group = poller.Current.Groups.FirstOrDefault(group => group.Nodes.Any(node => node.Address == stored));
        // Who stored it may be dead or lead no more; all nodes of a group have the same log.
        foreach (var node in group?.Nodes.Where(static node => node.Health == NodeHealth.Up).OrderByDescending(node => node.Address == stored) ?? Enumerable.Empty<NodeState>())
        {
            try
            {
                if (await gateway.Admin.Messages.GetAtAsync(node.Address, offset, cancellationToken).ConfigureAwait(false) is { } record && record.PhysicalOffset == offset && Equals(record.StoreHost, host)) return record;
            }
            catch (Exception e) when (ClusterReader.IsClusterFault(e))
            {
                // The next one may answer.
            }
        }

        return null;
    }

    /// <summary>Where a row leads.</summary>
    public static string Address(MessageRow row) => string.Create(CultureInfo.InvariantCulture, $"/messages?topic={Uri.EscapeDataString(row.Topic)}&id={row.OffsetId}");
}
