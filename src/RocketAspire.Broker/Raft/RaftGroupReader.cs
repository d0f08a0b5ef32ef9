using RocketAspire.Protocol.Config;

namespace RocketAspire.Broker.Raft;

/// <summary>Reads a DLedger node's settings out of its broker.conf.</summary>
internal static class RaftGroupReader
{
    /// <summary>Null without enableDLegerCommitLog, and with the problem when the settings can't work.</summary>
    public static RaftGroupOptions? Read(BrokerSettings settings, out string? problem)
    {
        problem = null;
        if (!settings.Get(BrokerConf.EnableDLegerCommitLog)) return null;
        foreach (var key in (BrokerConfKey<string>[])[BrokerConf.DLegerGroup, BrokerConf.DLegerPeers, BrokerConf.DLegerSelfId])
        {
            if (Text(settings, key).Length == 0) return Fail(out problem, key, "must be set on a DLedger node");
        }

        if (RaftPeer.ParseAll(Text(settings, BrokerConf.DLegerPeers), out var wrongPeers) is not { } peers) return Fail(out problem, BrokerConf.DLegerPeers, wrongPeers!);
        var self = Text(settings, BrokerConf.DLegerSelfId);
        if (!peers.Exists(peer => peer.Id == self)) return Fail(out problem, BrokerConf.DLegerSelfId, $"'{self}' is not among dLegerPeers");
        var preferred = Text(settings, BrokerConf.PreferredLeaderId);
        if (preferred.Length > 0 && !peers.Exists(peer => peer.Id == preferred)) return Fail(out problem, BrokerConf.PreferredLeaderId, $"'{preferred}' is not among dLegerPeers");
        return new RaftGroupOptions
        {
            Group = Text(settings, BrokerConf.DLegerGroup),
            SelfId = self,
            Peers = peers,
            PreferredLeaderId = preferred.Length > 0 ? preferred : null,
        };
    }

    private static string Text(BrokerSettings settings, BrokerConfKey<string> key) => settings.IsSet(key) ? settings.Get(key).Trim() : "";

    private static RaftGroupOptions? Fail(out string? problem, BrokerConfKey key, string what)
    {
        problem = $"{key.Name}: {what}";
        return null;
    }
}
