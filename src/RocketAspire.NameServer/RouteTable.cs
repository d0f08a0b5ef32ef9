using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer;

/// <summary>
/// Which broker groups live, where, and which topics they hold. One lock guards all of it: changes are rare and small.
/// A group's topics go when its last node goes, so that consumers still find a slave whose master has died.
/// </summary>
/// <remarks>
/// Behaviour: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/namesrv/src/main/java/org/apache/rocketmq/namesrv/routeinfo/RouteInfoManager.java
/// </remarks>
internal sealed class RouteTable(TimeProvider time, TimeSpan heartbeatTimeout, SettingsTable settings, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, BrokerGroup> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Cluster, string Address), BrokerLife> _lives = [];
    private readonly Dictionary<(string Cluster, string Address), IReadOnlyList<string>> _filterServers = [];
    private readonly TopicQueues _topics = new();

    /// <summary>Raised outside the lock when the smallest id of a group that may act as master has changed and the setting asks for it.</summary>
    public event Action<MinBrokerIdChange>? MinBrokerIdChanged;

    public RegistrationResult Register(BrokerRegistration broker)
    {
        MinBrokerIdChange? change = null;
        RegistrationResult result;
        lock (_gate) result = RegisterLocked(broker, ref change);
        if (change is not null) MinBrokerIdChanged?.Invoke(change);
        return result;
    }

    /// <summary>The node says that it goes.</summary>
    public void Unregister(string cluster, string address, string brokerName, string reason)
    {
        MinBrokerIdChange? change = null;
        lock (_gate) UnregisterLocked(cluster, address, brokerName, reason, ref change);
        if (change is not null) MinBrokerIdChanged?.Invoke(change);
    }

    /// <summary>A connection has ended: the nodes that registered over it are gone, at once.</summary>
    public void ConnectionEnded(RemotingConnection connection)
    {
        var changes = new List<MinBrokerIdChange>();
        lock (_gate)
        {
            foreach (var life in _lives.Values.Where(life => ReferenceEquals(life.Connection, connection)).ToArray())
                Collect(life, "its connection ended", changes);
        }

        foreach (var change in changes) MinBrokerIdChanged?.Invoke(change);
    }

    /// <summary>Removes nodes that have been silent for too long; their connections are closed.</summary>
    public void RemoveExpired()
    {
        var changes = new List<MinBrokerIdChange>();
        BrokerLife[] expired;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            expired = [.. _lives.Values.Where(life => time.GetElapsedTime(life.LastSeen, now) > life.Timeout)];
            foreach (var life in expired) Collect(life, $"no heartbeat for {life.Timeout.TotalSeconds:0.#} s", changes);
        }

        foreach (var life in expired) life.Connection?.Close();
        foreach (var change in changes) MinBrokerIdChanged?.Invoke(change);
    }

    /// <summary>The version that the node registered, and a sign of life of it; null when it isn't registered.</summary>
    public DataVersion? Touch(string cluster, string address)
    {
        lock (_gate)
        {
            if (!_lives.TryGetValue((cluster, address), out var life)) return null;
            life.LastSeen = time.GetTimestamp();
            return life.DataVersion;
        }
    }

    /// <summary>Null when no living group holds the topic.</summary>
    public TopicRouteData? FindRoute(string topic)
    {
        lock (_gate)
        {
            var queues = _topics.Of(topic).ToList();
            var brokers = new List<BrokerData>();
            var filters = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
            foreach (var queue in queues)
            {
                if (!_groups.TryGetValue(queue.BrokerName, out var group)) continue;
                var broker = group.Snapshot();
                foreach (var address in broker.BrokerAddrs.Values)
                {
                    if (_filterServers.TryGetValue((group.Cluster, address), out var servers)) filters[address] = [.. servers];
                }

                if (settings.Current.SupportActingMaster) ActMaster(broker, queue);
                brokers.Add(broker);
            }

            return brokers.Count == 0 ? null : new TopicRouteData { QueueDatas = queues, BrokerDatas = brokers, FilterServerTable = filters };
        }
    }

    public ClusterInfo Clusters()
    {
        var info = new ClusterInfo();
        lock (_gate)
        {
            foreach (var group in _groups.Values)
            {
                info.BrokerAddrTable[group.BrokerName] = group.Snapshot();
                if (!info.ClusterAddrTable.TryGetValue(group.Cluster, out var names)) info.ClusterAddrTable[group.Cluster] = names = new(StringComparer.Ordinal);
                names.Add(group.BrokerName);
            }
        }

        return info;
    }

    public BrokerMemberGroup Members(string cluster, string brokerName)
    {
        lock (_gate)
        {
            var addresses = _groups.TryGetValue(brokerName, out var group) ? new SortedDictionary<long, string>(group.Addresses) : [];
            return new BrokerMemberGroup(cluster, brokerName, addresses);
        }
    }

    public List<string> TopicNames()
    {
        lock (_gate) return [.. _topics.Names];
    }

    public List<string> TopicsOfCluster(string cluster)
    {
        lock (_gate)
        {
            var names = _groups.Values.Where(group => group.Cluster == cluster).Select(static group => group.BrokerName).ToHashSet(StringComparer.Ordinal);
            return _topics.Where(queue => names.Contains(queue.BrokerName));
        }
    }

    /// <summary>Topics whose first queue data satisfies the condition.</summary>
    public List<string> TopicsWith(Func<QueueData, bool> condition)
    {
        lock (_gate) return _topics.WhereFirst(condition);
    }

    public void RegisterTopic(string topic, IReadOnlyList<QueueData> queues)
    {
        lock (_gate)
        {
            if (queues.All(queue => _groups.ContainsKey(queue.BrokerName))) _topics.Set(topic, queues);
        }
    }

    /// <summary>Forgets the topic, on the groups of one cluster or on all.</summary>
    public void DeleteTopic(string topic, string? cluster)
    {
        lock (_gate)
        {
            foreach (var group in _groups.Values)
            {
                if (string.IsNullOrEmpty(cluster) || group.Cluster == cluster) _topics.Remove(topic, group.BrokerName);
            }
        }
    }

    /// <summary>How many topics of the group were changed.</summary>
    public int ChangePerm(string brokerName, Func<int, int> change)
    {
        lock (_gate) return _topics.ChangePerm(brokerName, change);
    }

    private RegistrationResult RegisterLocked(BrokerRegistration broker, ref MinBrokerIdChange? change)
    {
        var isNewGroup = !_groups.TryGetValue(broker.BrokerName, out var group);
        group ??= new BrokerGroup(broker.Cluster, broker.BrokerName);
        var key = (broker.Cluster, broker.Address);
        if (IsOutdated(group, broker, out var holder))
        {
            Log.OutdatedRegistration(logger, broker.BrokerName, broker.BrokerId, broker.Address, holder);
            // An address that a group's leaders share stays its present leader's.
            if (holder != broker.Address) _lives.Remove(key);
            return new RegistrationResult(true, null, null);
        }

        if (broker.MayBeSingleTopic && broker.Topics.TopicConfigTable.Count == 1 && !group.Addresses.ContainsKey(broker.BrokerId))
            return new RegistrationResult(false, null, null);

        _groups[broker.BrokerName] = group;
        group.EnableActingMaster = broker.EnableActingMaster ?? false;
        group.ZoneName = broker.ZoneName;
        var minIdDrops = group.Addresses.Count > 0 && broker.BrokerId < group.MinId;
        group.Remove(broker.Address, exceptId: broker.BrokerId);
        var replaced = group.Addresses.GetValueOrDefault(broker.BrokerId);
        group.Addresses[broker.BrokerId] = broker.Address;
        if (replaced != broker.Address) Log.NodeRegistered(logger, broker.BrokerName, broker.BrokerId, broker.Address, replaced ?? "nobody");

        TakeTopics(group, broker, isFirst: isNewGroup || replaced is null);
        _lives[key] = new BrokerLife(broker, broker.HeartbeatTimeout ?? heartbeatTimeout) { LastSeen = time.GetTimestamp() };
        if (broker.FilterServers is { Count: > 0 } servers) _filterServers[key] = servers;
        else if (broker.FilterServers is not null) _filterServers.Remove(key);

        if (minIdDrops) change = Change(group, null, broker.HaServerAddress);
        return MasterFor(group, broker);
    }

    /// <summary>Another node holds the id (over another connection, where they share an address) and its state is of a later term: the one that registers was replaced and doesn't know.</summary>
    private bool IsOutdated(BrokerGroup group, BrokerRegistration broker, out string holder)
    {
        holder = group.Addresses.GetValueOrDefault(broker.BrokerId) ?? "";
        return holder.Length > 0
            && _lives.TryGetValue((broker.Cluster, holder), out var life)
            && (holder != broker.Address || !ReferenceEquals(life.Connection, broker.Connection))
            && life.DataVersion.StateVersion > broker.Topics.DataVersion.StateVersion;
    }

    private RegistrationResult MasterFor(BrokerGroup group, BrokerRegistration broker)
    {
        if (broker.BrokerId == BrokerData.MasterId || !group.Addresses.TryGetValue(BrokerData.MasterId, out var master)) return new(true, null, null);
        return _lives.TryGetValue((broker.Cluster, master), out var life) ? new(true, master, life.HaServerAddress) : new(true, null, null);
    }

    /// <summary>The master's topics count; those of the smallest slave where a 5.x group has no master.</summary>
    private void TakeTopics(BrokerGroup group, BrokerRegistration broker, bool isFirst)
    {
        var isMaster = broker.BrokerId == BrokerData.MasterId;
        var isPrimeSlave = !isMaster && broker.EnableActingMaster is not null && broker.BrokerId == group.MinId;
        if (!isMaster && !isPrimeSlave) return;

        var table = broker.Topics.TopicConfigTable;
        if (settings.Current.DeleteTopicWithBrokerRegistration) _topics.RemoveMissing(group.BrokerName, table.ContainsKey);

        var changed = isFirst || !_lives.TryGetValue((broker.Cluster, broker.Address), out var life) || life.DataVersion != broker.Topics.DataVersion;
        foreach (var topic in table.Values)
        {
            if (!changed && _topics.Has(topic.TopicName, group.BrokerName)) continue;
            var perm = isPrimeSlave && group.EnableActingMaster ? topic.Perm & ~PermName.Write : topic.Perm;
            _topics.Set(topic, group.BrokerName, perm);
        }
    }

    private void Collect(BrokerLife life, string reason, List<MinBrokerIdChange> changes)
    {
        MinBrokerIdChange? change = null;
        UnregisterLocked(life.Cluster, life.Address, life.BrokerName, reason, ref change);
        if (change is not null) changes.Add(change);
    }

    private void UnregisterLocked(string cluster, string address, string brokerName, string reason, ref MinBrokerIdChange? change)
    {
        _lives.Remove((cluster, address));
        _filterServers.Remove((cluster, address));
        if (!_groups.TryGetValue(brokerName, out var group) || group.Addresses.Count == 0) return;

        // By address, not by id: a replaced master that says goodbye late must not take its successor with it.
        var oldMin = group.MinId;
        if (!group.Remove(address)) return;
        Log.NodeGone(logger, brokerName, address, reason);
        if (group.Addresses.Count == 0)
        {
            _groups.Remove(brokerName);
            _topics.RemoveBroker(brokerName);
            return;
        }

        if (group.EnableActingMaster && !group.HasMaster) _topics.ChangePerm(brokerName, static perm => perm & ~PermName.Write);
        if (group.MinId != oldMin) change = Change(group, address, null);
    }

    private MinBrokerIdChange? Change(BrokerGroup group, string? offline, string? haAddress)
    {
        if (!settings.Current.NotifyMinBrokerIdChanged || !group.EnableActingMaster) return null;
        var min = group.MinId;
        // A newcomer knows about itself; when a node went, all the others are told.
        var tell = offline is not null || group.Addresses.Count == 1 ? group.Addresses.Values : group.Addresses.Where(node => node.Key != min).Select(static node => node.Value);
        return new MinBrokerIdChange(min, group.Addresses[min], offline, haAddress, [.. tell]);
    }

    private static void ActMaster(BrokerData broker, QueueData queue)
    {
        if (!broker.EnableActingMaster || broker.BrokerAddrs.Count == 0 || broker.BrokerAddrs.ContainsKey(BrokerData.MasterId)) return;
        if ((queue.Perm & PermName.Write) != 0) return;
        var (id, address) = broker.BrokerAddrs.First();
        broker.BrokerAddrs.Remove(id);
        broker.BrokerAddrs[BrokerData.MasterId] = address;
    }
}
