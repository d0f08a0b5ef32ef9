using System.Net;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using FlushDiskType = RocketAspire.Store.FlushDiskType;

namespace RocketAspire.Broker.Ha;

/// <summary>A broker's settings as replication needs them.</summary>
internal static class ReplicationSettings
{
    // A master that starts anew asks before it opens: a name server that is not up yet must not hold it.
    private static readonly TimeSpan AskTimeout = TimeSpan.FromMilliseconds(500);

    public static ReplicationOptions From(BrokerOptions options, RemotingClient client) => new()
    {
        Role = options.IsSlave ? ReplicationRole.Slave : ReplicationRole.Master,
        SyncMaster = options.Role == BrokerRole.SyncMaster,
        InSyncReplicas = options.InSyncReplicas,
        TotalReplicas = options.TotalReplicas,
        ClusterName = options.ClusterName,
        BrokerName = options.BrokerName,
        BrokerId = options.BrokerId,
        HaListen = [new(options.BindAddress, options.HaListenPort)],
        AdvertisedHaHost = options.BrokerIP2.Contains(':', StringComparison.Ordinal) ? $"[{options.BrokerIP2}]" : options.BrokerIP2,
        HaMasterAddress = options.HaMasterAddress,
        SyncFlush = options.Store.Flush == FlushDiskType.Sync,
        SlaveTimeout = options.SlaveTimeout,
        HaSlaveFallbehindMaxBytes = options.HaSlaveFallbehindMaxBytes,
        HaSendHeartbeatInterval = options.HaSendHeartbeatInterval,
        HaHousekeepingInterval = options.HaHousekeepingInterval,
        AllowUncleanMaster = options.AllowUncleanMaster,
        ConfigDirectory = options.ConfigDirectory,
        CommitLogFileSizeBytes = options.Store.CommitLogFileSizeBytes,
        Network = options.PeerNetwork,
        SlaveIsRegistered = options.NameServers.Count == 0 ? null : ct => SlaveIsRegisteredAsync(options, client, ct),
    };

    private static async ValueTask<bool> SlaveIsRegisteredAsync(BrokerOptions options, RemotingClient client, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(options.NameServers.Select(address => KnowsSlaveAsync(address, options, client, cancellationToken))).ConfigureAwait(false);
        return answers.Contains(true);
    }

    private static async Task<bool> KnowsSlaveAsync(string nameServer, BrokerOptions options, RemotingClient client, CancellationToken cancellationToken)
    {
        try
        {
            var request = RemotingCommand.CreateRequest(RequestCode.GetBrokerClusterInfo);
            var answer = await client.InvokeAsync(nameServer, request, AskTimeout, cancellationToken).ConfigureAwait(false);
            return answer.Code == ResponseCode.Success
                && ClusterInfo.Decode(answer.Body.Span).BrokerAddrTable.TryGetValue(options.BrokerName, out var broker)
                && broker.Cluster == options.ClusterName
                && broker.BrokerAddrs.Keys.Any(id => id > 0);
        }
        catch (Exception e) when (e is RemotingConnectException or RemotingTimeoutException or RemotingSendException or FormatException)
        {
            // Not up: then it can't tell. The settings and the state file are the better witnesses.
            return false;
        }
    }
}
