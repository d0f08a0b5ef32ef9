using System.Collections.Concurrent;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker;

/// <summary>The consumer groups' settings. Written to config/subscriptionGroup.json.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/subscription/SubscriptionGroupManager.java</remarks>
public sealed class SubscriptionGroupTable : IReplicatedTable
{
    private const string SystemPrefix = "CID_RMQ_SYS_";

    // Readers go without the lock; every write holds it, so that version and content move together.
    private readonly ConcurrentDictionary<string, SubscriptionGroupConfig> _groups = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly BrokerConfiguration _configuration;
    private DataVersion _version;

    public SubscriptionGroupTable(BrokerConfiguration configuration, TimeProvider time)
    {
        _time = time;
        _configuration = configuration;
        _version = new DataVersion(Now, 0);
        AddSystemGroups();
    }

    public string FileName => "subscriptionGroup.json";

    public event Action? Changed;

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public ICollection<string> Names => _groups.Keys;

    /// <summary>The group's settings; an unknown group is created when the settings allow it, otherwise null.</summary>
    public SubscriptionGroupConfig? Find(string group)
    {
        if (_groups.TryGetValue(group, out var config)) return config;
        if (!_configuration.Current.AutoCreateSubscriptionGroup && !group.StartsWith(SystemPrefix, StringComparison.Ordinal)) return null;
        lock (_gate)
        {
            if (_groups.TryGetValue(group, out config)) return config;
            config = new SubscriptionGroupConfig { GroupName = group };
            _groups[group] = config;
            _version = _version.Next(Now);
        }

        Changed?.Invoke();
        return config;
    }

    /// <summary>The settings as they stand; nothing is created.</summary>
    public SubscriptionGroupConfig? Peek(string group) => _groups.GetValueOrDefault(group);

    public void Put(SubscriptionGroupConfig config)
    {
        lock (_gate)
        {
            _groups[config.GroupName] = config;
            _version = _version.Next(Now);
        }

        Changed?.Invoke();
    }

    public bool Remove(string group)
    {
        lock (_gate)
        {
            if (!_groups.TryRemove(group, out _)) return false;
            _version = _version.Next(Now);
        }

        Changed?.Invoke();
        return true;
    }

    public byte[] ToJson()
    {
        lock (_gate)
        {
            var groups = new SortedDictionary<string, SubscriptionGroupConfig>(_groups, StringComparer.Ordinal);
            return new SubscriptionGroupAndVersion(_version, groups).Encode();
        }
    }

    public void ReplaceFromJson(ReadOnlySpan<byte> json)
    {
        var other = SubscriptionGroupAndVersion.Decode(json);
        lock (_gate)
        {
            foreach (var name in _groups.Keys)
            {
                if (!other.Groups.ContainsKey(name)) _groups.TryRemove(name, out _);
            }

            AddSystemGroups();
            foreach (var (name, config) in other.Groups) _groups[name] = config;
            _version = other.DataVersion;
        }

        Changed?.Invoke();
    }

    private void AddSystemGroups()
    {
        ReadOnlySpan<string> names =
        [
            "TOOLS_CONSUMER", "FILTERSRV_CONSUMER", "SELF_TEST_C_GROUP", "CID_ONS-HTTP-PROXY",
            "CID_ONSAPI_PULL", "CID_ONSAPI_PERMISSION", "CID_ONSAPI_OWNER",
        ];
        foreach (var name in names) _groups.TryAdd(name, new SubscriptionGroupConfig { GroupName = name });
    }
}
