using System.Globalization;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Lint;

/// <summary>What can be said of one broker's file as a whole: values without effect and combinations that bite.</summary>
internal static class BrokerRules
{
    /// <summary>300000 entries, as many guides give it; the key counts bytes since it is spelt mapped.</summary>
    private const int EntriesOfOldGuides = 300_000;

    private const int QueueEntryBytes = 20;

    public static IEnumerable<ConfProblem> Check(PropertiesFile file)
    {
        var settings = BrokerSettings.Read(file, out _);
        return
        [
            .. settings.Get(BrokerConf.EnableDLegerCommitLog) ? DLedger(file, settings) : MasterSlave(file, settings),
            .. Sizes(file, settings),
            .. Addresses(file, settings),
            .. Times(file, settings),
        ];
    }

    private static IEnumerable<ConfProblem> MasterSlave(PropertiesFile file, BrokerSettings settings)
    {
        var role = settings.Get(BrokerConf.BrokerRole);
        var inSync = settings.Get(BrokerConf.InSyncReplicas);
        if (role == BrokerRole.SyncMaster && inSync < 2)
            yield return Warn(file, settings.IsSet(BrokerConf.InSyncReplicas) ? BrokerConf.InSyncReplicas : BrokerConf.BrokerRole, "SYNC_MASTER waits for no slave from 5.0 on unless inSyncReplicas=2 (with totalReplicas=2) is set too");
        if (role == BrokerRole.SyncMaster && inSync > Math.Max(settings.Get(BrokerConf.TotalReplicas), 1) && inSync >= 2)
            yield return Error(file, BrokerConf.InSyncReplicas, $"{inSync} copies are to be waited for, but totalReplicas is {settings.Get(BrokerConf.TotalReplicas)}");
        if (role != BrokerRole.SyncMaster && settings.IsSet(BrokerConf.InSyncReplicas))
            yield return Warn(file, BrokerConf.InSyncReplicas, $"has no effect: {BrokerConf.BrokerRole.Format(role)} waits for nobody");
        if (role == BrokerRole.Slave && settings.IsSet(BrokerConf.TotalReplicas))
            yield return Warn(file, BrokerConf.TotalReplicas, "has no effect on a SLAVE");
        if (role != BrokerRole.Slave && settings.Get(BrokerConf.BrokerId) != 0)
            yield return Warn(file, BrokerConf.BrokerId, $"has no effect: a master is always 0; write brokerRole=SLAVE if it is one");
        if (role != BrokerRole.Slave && settings.Get(BrokerConf.HaMasterAddress).Length > 0)
            yield return Warn(file, BrokerConf.HaMasterAddress, "has no effect on a master");
        if (settings.Get(BrokerConf.TransientStorePoolEnable) && (role == BrokerRole.Slave || settings.Get(BrokerConf.FlushDiskType) == FlushDiskType.SyncFlush))
            yield return Warn(file, BrokerConf.TransientStorePoolEnable, "has no effect except on a master with ASYNC_FLUSH");
        foreach (var key in (BrokerConfKey[])[BrokerConf.DLegerGroup, BrokerConf.DLegerPeers, BrokerConf.DLegerSelfId, BrokerConf.PreferredLeaderId])
            if (settings.IsSet(key)) yield return Warn(file, key, "has no effect without enableDLegerCommitLog=true");
    }

    private static IEnumerable<ConfProblem> DLedger(PropertiesFile file, BrokerSettings settings)
    {
        foreach (var key in (BrokerConfKey[])[BrokerConf.BrokerId, BrokerConf.BrokerRole, BrokerConf.InSyncReplicas, BrokerConf.TotalReplicas, BrokerConf.HaListenPort, BrokerConf.HaMasterAddress])
            if (settings.IsSet(key)) yield return Warn(file, key, "has no effect on a DLedger node; leave the line out");
        foreach (var key in (BrokerConfKey<string>[])[BrokerConf.DLegerGroup, BrokerConf.DLegerPeers, BrokerConf.DLegerSelfId])
            if (settings.Get(key).Length == 0) yield return Error(file, BrokerConf.EnableDLegerCommitLog, $"a DLedger node needs {key.Name} too");
        if (settings.Get(BrokerConf.EnableControllerMode))
            yield return Error(file, BrokerConf.EnableControllerMode, "a broker is either a DLedger node or led by a controller, not both");
        if (settings.IsSet(BrokerConf.BrokerName) && settings.IsSet(BrokerConf.DLegerGroup) && settings.Get(BrokerConf.BrokerName) != settings.Get(BrokerConf.DLegerGroup))
            yield return Warn(file, BrokerConf.DLegerGroup, $"is not the brokerName ({settings.Get(BrokerConf.BrokerName)}); tools take them for one");
        var text = settings.Get(BrokerConf.DLegerPeers);
        if (text.Length == 0) yield break;
        var peers = NodeView.Peers(text).ToList();
        if (peers.Count != text.Split(';', StringSplitOptions.RemoveEmptyEntries).Length)
            yield return Error(file, BrokerConf.DLegerPeers, "can't be read; write n0-ip:port;n1-ip:port;n2-ip:port");
        else if (peers.Count < 3)
            yield return Warn(file, BrokerConf.DLegerPeers, $"{peers.Count} nodes: a group needs three at least to outlive the loss of one");
        else if (peers.Count % 2 == 0)
            yield return Warn(file, BrokerConf.DLegerPeers, $"{peers.Count} nodes outlive no more losses than {peers.Count - 1} would");
        if (settings.Get(BrokerConf.DLegerSelfId) is { Length: > 0 } self && peers.Count > 0 && peers.TrueForAll(p => p.Id != self))
            yield return Error(file, BrokerConf.DLegerSelfId, $"{self} is not among dLegerPeers");
    }

    private static IEnumerable<ConfProblem> Sizes(PropertiesFile file, BrokerSettings settings)
    {
        if (settings.IsSet(BrokerConf.MappedFileSizeConsumeQueue))
        {
            var bytes = settings.Get(BrokerConf.MappedFileSizeConsumeQueue);
            if (bytes == EntriesOfOldGuides)
                yield return Warn(file, BrokerConf.MappedFileSizeConsumeQueue, $"counts bytes, 20 an entry: these are {bytes / QueueEntryBytes} entries a file; for {bytes} entries write mappedFileSizeConsumeQueue={(long)bytes * QueueEntryBytes}");
            else if (bytes % QueueEntryBytes != 0)
                yield return Warn(file, BrokerConf.MappedFileSizeConsumeQueue, $"an entry has 20 bytes: it is rounded up to {((long)bytes + QueueEntryBytes - 1) / QueueEntryBytes * QueueEntryBytes}");
        }
        if (settings.Get(BrokerConf.MaxMessageSize) >= settings.Get(BrokerConf.MappedFileSizeCommitLog))
            yield return Error(file, settings.IsSet(BrokerConf.MaxMessageSize) ? BrokerConf.MaxMessageSize : BrokerConf.MappedFileSizeCommitLog, $"a message of {settings.Get(BrokerConf.MaxMessageSize)} bytes fits in no log file of {settings.Get(BrokerConf.MappedFileSizeCommitLog)}");
    }

    private static IEnumerable<ConfProblem> Addresses(PropertiesFile file, BrokerSettings settings)
    {
        if (!settings.IsSet(BrokerConf.NamesrvAddr)) yield break;
        var list = settings.Get(BrokerConf.NamesrvAddr);
        if (list.Contains(',', StringComparison.Ordinal))
        {
            yield return Error(file, BrokerConf.NamesrvAddr, $"name servers are parted by semicolons; write {list.Replace(',', ';')}");
            yield break;
        }
        foreach (var address in list.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = address.LastIndexOf(':');
            if (colon < 1 || !int.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
                yield return Error(file, BrokerConf.NamesrvAddr, $"'{address}' is not ip:port");
        }
    }

    private static IEnumerable<ConfProblem> Times(PropertiesFile file, BrokerSettings settings)
    {
        if (settings.Get(BrokerConf.RegisterNameServerPeriod) is < 10_000 or > 60_000)
            yield return Warn(file, BrokerConf.RegisterNameServerPeriod, "is cut to 10000 to 60000 ms");
        foreach (var hour in settings.Get(BrokerConf.DeleteWhen).Split(';', StringSplitOptions.RemoveEmptyEntries))
            if (hour.Length != 2 || !int.TryParse(hour, NumberStyles.None, CultureInfo.InvariantCulture, out var h) || h > 23)
                yield return Warn(file, BrokerConf.DeleteWhen, $"'{hour}' is no hour from 00 to 23: nothing is deleted then");
    }

    private static ConfProblem Warn(PropertiesFile file, BrokerConfKey key, string message) => new(LineOf(file, key), ConfSeverity.Warning, key.Name, message);

    private static ConfProblem Error(PropertiesFile file, BrokerConfKey key, string message) => new(LineOf(file, key), ConfSeverity.Error, key.Name, message);

    private static int LineOf(PropertiesFile file, BrokerConfKey key) => file.TryGet(key.Name, out var line) ? line.Line : 1;
}
