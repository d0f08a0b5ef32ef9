using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>The consumers of each group that are connected now, and what they subscribe to.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/client/ConsumerManager.java</remarks>
public sealed class ConsumerGroupTable(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ConsumerGroup> _groups = new(StringComparer.Ordinal);

    public ProxiedConsumerTable Proxied { get; } = new(time);

    /// <summary>A group's members or topics changed: whom to tell. Raised outside the lock.</summary>
    public event Action<string, IReadOnlyList<RemotingConnection>>? MembersChanged;

    /// <summary>Takes a member's heartbeat for one group; true when the group changed by it.</summary>
    public bool Register(ConsumerData data, RemotingConnection connection, string clientId, LanguageCode language, int version)
    {
        RemotingConnection[] members;
        lock (_gate)
        {
            if (!_groups.TryGetValue(data.GroupName, out var group)) _groups[data.GroupName] = group = new ConsumerGroup();
            if (!group.Update(new ClientInfo(connection, clientId, language, version, time.GetTimestamp()), data)) return false;
            members = [.. group.Clients.Keys];
        }

        MembersChanged?.Invoke(data.GroupName, members);
        return true;
    }

    public void Unregister(string groupName, RemotingConnection connection)
    {
        RemotingConnection[] members;
        lock (_gate)
        {
            if (!_groups.TryGetValue(groupName, out var group) || !group.Clients.Remove(connection)) return;
            members = [.. group.Clients.Keys];
            if (members.Length == 0) _groups.Remove(groupName);
        }

        if (members.Length > 0) MembersChanged?.Invoke(groupName, members);
    }

    /// <summary>The clients' ids, each once; empty when nobody of the group is connected.</summary>
    /// <remarks>A client may be connected twice: to a DLedger leader by the group's address, and by the node's own since the time when it followed. Counted twice, it would leave queues to nobody.</remarks>
    public List<string> ClientIds(string groupName)
    {
        lock (_gate) return _groups.TryGetValue(groupName, out var group) ? [.. group.Clients.Values.Select(static client => client.ClientId).Distinct(StringComparer.Ordinal)] : [];
    }

    /// <summary>The group's connected clients.</summary>
    public List<ClientInfo> Clients(string groupName)
    {
        lock (_gate) return _groups.TryGetValue(groupName, out var group) ? [.. group.Clients.Values] : [];
    }

    public ClientInfo? FindClient(string groupName, string clientId) => Clients(groupName).Find(client => client.ClientId == clientId);

    /// <summary>The connected groups that subscribe to the topic.</summary>
    public List<string> GroupsOf(string topic)
    {
        lock (_gate)
        {
            var groups = new List<string>();
            foreach (var (name, group) in _groups)
            {
                if (group.Subscriptions.ContainsKey(topic)) groups.Add(name);
            }

            return groups;
        }
    }

    /// <summary>What the group's last heartbeats say of a topic.</summary>
    /// <param name="groupName">The group.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="messageModel">CLUSTERING or BROADCASTING; null when the group isn't connected.</param>
    public SubscriptionData? FindSubscription(string groupName, string topic, out string? messageModel)
    {
        lock (_gate)
        {
            if (!_groups.TryGetValue(groupName, out var group))
            {
                messageModel = null;
                return null;
            }

            messageModel = group.MessageModel;
            return group.Subscriptions.GetValueOrDefault(topic);
        }
    }

    /// <summary>How many topics the connected group subscribes to; 0 when it isn't connected.</summary>
    public int SubscriptionCount(string groupName)
    {
        lock (_gate) return _groups.TryGetValue(groupName, out var group) ? group.Subscriptions.Count : 0;
    }

    /// <summary>Members and subscriptions for admin tools; null when nobody of the group is connected.</summary>
    public ConsumerConnections? Describe(string groupName)
    {
        var proxied = Proxied.Of(groupName);
        var own = DescribeOwn(groupName);
        if (proxied.Count == 0) return own;
        var first = proxied[0].Consumer;
        own ??= new ConsumerConnections { ConsumeType = first.ConsumeType, MessageModel = first.MessageModel, ConsumeFromWhere = first.ConsumeFromWhere };
        return own with
        {
            Connections = [.. own.Connections, .. proxied.Select(static consumer => consumer.Client)],
            Subscriptions = [.. own.Subscriptions.Concat(proxied.SelectMany(static consumer => consumer.Consumer.Subscriptions)).DistinctBy(static subscription => subscription.Topic)],
        };
    }

    private ConsumerConnections? DescribeOwn(string groupName)
    {
        lock (_gate)
        {
            if (!_groups.TryGetValue(groupName, out var group)) return null;
            return new ConsumerConnections
            {
                Connections = [.. group.Clients.Values.DistinctBy(static client => client.ClientId).Select(static client => client.Describe())],
                Subscriptions = [.. group.Subscriptions.Values],
                ConsumeType = group.ConsumeType,
                MessageModel = group.MessageModel,
                ConsumeFromWhere = group.ConsumeFromWhere,
            };
        }
    }

    public void RemoveConnection(RemotingConnection connection)
    {
        Proxied.RemoveConnection(connection);
        List<string> groups = [];
        lock (_gate)
        {
            foreach (var (name, group) in _groups)
            {
                if (group.Clients.ContainsKey(connection)) groups.Add(name);
            }
        }

        foreach (var group in groups) Unregister(group, connection);
    }

    /// <summary>Forgets clients silent for longer than that; their connections are closed.</summary>
    public void RemoveSilent(TimeSpan longerThan)
    {
        Proxied.RemoveSilent(longerThan);
        HashSet<RemotingConnection> silent = [];
        lock (_gate)
        {
            foreach (var group in _groups.Values)
            {
                foreach (var (connection, client) in group.Clients)
                {
                    if (time.GetElapsedTime(client.SeenAt) > longerThan) silent.Add(connection);
                }
            }
        }

        foreach (var connection in silent)
        {
            RemoveConnection(connection);
            connection.Close();
        }
    }
}
