using System.Collections.Concurrent;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker;

/// <summary>The consumer groups' settings. Written to config/subscriptionGroup.json.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/subscription/SubscriptionGroupManager.java</remarks>
public sealed class SubscriptionGroupTable : ILoggedTable
{
    private const string SystemPrefix = "CID_RMQ_SYS_";

    // Readers go without the lock; every write holds it, so that version and content move together.
    private readonly ConcurrentDictionary<string, SubscriptionGroupConfig> _groups = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly ChangedKeys<string> _changes = new();
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

    public bool HasChanges => _changes.Any;

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public ICollection<string> Names => _groups.Keys;

    /// <summary>The group's settings; an unknown group is created when the settings allow it, otherwise null. Where no changes are taken the answer is what it would be.</summary>
    public SubscriptionGroupConfig? Find(string group)
    {
        if (_groups.TryGetValue(group, out var config)) return config;
        if (!_configuration.Current.AutoCreateSubscriptionGroup && !group.StartsWith(SystemPrefix, StringComparison.Ordinal)) return null;
        lock (_gate)
        {
            if (_groups.TryGetValue(group, out config)) return config;
            config = new SubscriptionGroupConfig { GroupName = group };
            if (_changes.IsClosed) return config;
            _groups[group] = config;
            _changes.Note(group);
            _version = _version.Next(Now);
        }

        Changed?.Invoke();
        return config;
    }

    /// <summary>The settings as they stand; nothing is created.</summary>
    public SubscriptionGroupConfig? Peek(string group) => _groups.GetValueOrDefault(group);

    /// <summary>Why these settings can't be put, in Apache's words, or null.</summary>
    public string? WhyNot(SubscriptionGroupConfig config)
    {
        var known = Peek(config.GroupName);
        return TopicAttributes.TryChangeGroup(known?.Attributes, config.Attributes ?? [], known is null, out _);
    }

    /// <summary>Creates or replaces; nothing where no changes are taken. Attributes are changes to those that the group has: wrong ones count for nothing, see <see cref="WhyNot"/>.</summary>
    public void Put(SubscriptionGroupConfig config)
    {
        lock (_gate)
        {
            if (_changes.IsClosed) return;
            var known = _groups.GetValueOrDefault(config.GroupName);
            var wrong = TopicAttributes.TryChangeGroup(known?.Attributes, config.Attributes ?? [], known is null, out var attributes);
            _groups[config.GroupName] = config with { Attributes = wrong is null ? attributes : known?.Attributes };
            _changes.Note(config.GroupName);
            _version = _version.Next(Now);
        }

        Changed?.Invoke();
    }

    public bool Remove(string group)
    {
        lock (_gate)
        {
            if (_changes.IsClosed || !_groups.TryRemove(group, out _)) return false;
            _changes.Note(group);
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

    public void Open()
    {
        lock (_gate) _changes.Open();
    }

    public IReadOnlyList<string> Close()
    {
        lock (_gate) return [.. _changes.Close()];
    }

    public void Note(IEnumerable<string>? keys = null)
    {
        lock (_gate)
        {
            foreach (var name in keys ?? _groups.Keys) _changes.Note(name);
        }
    }

    public TableDelta? TakeChanges()
    {
        lock (_gate) return _changes.Take() is { } names ? DescribeLocked(names) : null;
    }

    public TableDelta Describe(IEnumerable<string> keys)
    {
        lock (_gate) return DescribeLocked(keys);
    }

    public void Apply(TableDelta delta)
    {
        lock (_gate)
        {
            foreach (var (name, json) in delta.Entries)
            {
                if (json is not { } text) _groups.TryRemove(name, out _);
                else if (TableDeltaEntries.TryParse(text, out var config)) _groups[name] = SubscriptionGroupConfig.Read(config, name);
            }

            _version = delta.Version ?? _version;
        }

        Changed?.Invoke();
    }

    private TableDelta DescribeLocked(IEnumerable<string> names) =>
        new(FileName, _version, [.. names.Select(name => new TableEntry(name, _groups.GetValueOrDefault(name)?.Encode()))]);

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
