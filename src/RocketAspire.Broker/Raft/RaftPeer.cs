using System.Globalization;

namespace RocketAspire.Broker.Raft;

/// <summary>One node of a DLedger group, as <c>dLegerPeers</c> lists it.</summary>
/// <param name="Id">A letter and a number: <c>n0</c>.</param>
/// <param name="Host">Address or name.</param>
/// <param name="Port">Where the other nodes reach it; a port of its own beside listenPort.</param>
public sealed record RaftPeer(string Id, string Host, int Port)
{
    /// <summary>Host and port as one.</summary>
    public string Address => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>
    /// The brokerId of this node while it follows: its number and 1, so that n0 is 1. A leader is 0.
    /// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/dledger/DLedgerCommitLog.java
    /// </summary>
    public long FollowerBrokerId => Number(Id) + 1L;

    /// <summary>Reads <c>n0-ip:port;n1-ip:port</c>; null with the problem, which names the part that is wrong.</summary>
    public static List<RaftPeer>? ParseAll(string text, out string? problem)
    {
        problem = null;
        var peers = new List<RaftPeer>();
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            var colon = part.LastIndexOf(':');
            if (dash <= 0 || colon <= dash + 1
                || !ushort.TryParse(part.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
            {
                problem = $"'{part}' is not id-ip:port (write n0-127.0.0.1:10931;n1-127.0.0.1:11931;n2-127.0.0.1:12931)";
                return null;
            }

            var peer = new RaftPeer(part[..dash], part[(dash + 1)..colon].Trim('[', ']'), port);
            if (Number(peer.Id) < 0) problem = $"'{peer.Id}' is no node's id: a letter and a number, such as n0";
            else if (peers.Exists(other => other.FollowerBrokerId == peer.FollowerBrokerId)) problem = $"two nodes have the number of '{peer.Id}'";
            else if (peers.Exists(other => other.Address == peer.Address)) problem = $"two nodes have the address {peer.Address}";
            if (problem is not null) return null;
            peers.Add(peer);
        }

        if (peers.Count is 3 or 5 or 7) return peers;
        problem = $"{peers.Count} nodes: a group has 3, 5 or 7";
        return null;
    }

    private static int Number(string id) =>
        id.Length > 1 && char.IsAsciiLetter(id[0]) && int.TryParse(id.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
