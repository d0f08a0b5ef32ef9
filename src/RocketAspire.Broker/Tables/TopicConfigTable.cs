using System.Collections.Concurrent;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Broker;

/// <summary>The topics of this broker: how many queues, which permissions. Written to config/topics.json.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/topic/TopicConfigManager.java</remarks>
public sealed class TopicConfigTable : ILoggedTable
{
    private const int ScheduleQueueCount = 18;
    private const int BenchmarkQueueCount = 1024;

    // Readers go without the lock; every write holds it, so that version and content move together.
    private readonly ConcurrentDictionary<string, TopicConfig> _topics = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ownSystemTopics = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly ChangedKeys<string> _changes = new();
    private readonly TimeProvider _time;
    private readonly BrokerConfiguration _configuration;
    private DataVersion _version;

    public TopicConfigTable(BrokerConfiguration configuration, TimeProvider time)
    {
        _time = time;
        _configuration = configuration;
        _version = new DataVersion(Now, 0);
        AddSystemTopics(configuration.Current);
    }

    public string FileName => "topics.json";

    public event Action? Changed;

    public bool HasChanges => _changes.Any;

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public ICollection<string> Names => _topics.Keys;

    public DataVersion Version
    {
        get
        {
            lock (_gate) return _version;
        }
    }

    /// <summary>A topic that belongs to RocketMQ or to this broker itself: never created, changed or deleted by request.</summary>
    public bool IsSystem(string topic) => TopicNames.IsSystem(topic) || _ownSystemTopics.Contains(topic);

    /// <summary>RocketMQ's system topics and this broker's own.</summary>
    public SortedSet<string> SystemNames() => new([.. TopicNames.System, .. _ownSystemTopics], StringComparer.Ordinal);

    public TopicConfig? Find(string topic) => _topics.GetValueOrDefault(topic);

    /// <summary>Creates a topic as a send to an unknown one does: from the template's permissions, with the smaller of both queue counts. Null when the template doesn't allow it, or no changes are taken here.</summary>
    public TopicConfig? CreateFromTemplate(string topic, string template, int clientQueueNums, int topicSysFlag)
    {
        TopicConfig created;
        lock (_gate)
        {
            if (_topics.TryGetValue(topic, out var existing)) return existing;
            if (_changes.IsClosed || !_topics.TryGetValue(template, out var config)) return null;
            if (template == TopicNames.SystemDefault && !_configuration.Current.AutoCreateTopicEnable) return null;
            if ((config.Perm & PermName.Inherit) == 0) return null;
            var queues = Math.Max(0, Math.Min(clientQueueNums, config.WriteQueueNums));
            created = new TopicConfig
            {
                TopicName = topic,
                ReadQueueNums = queues,
                WriteQueueNums = queues,
                Perm = config.Perm & ~PermName.Inherit,
                TopicSysFlag = topicSysFlag,
                TopicFilterType = config.TopicFilterType,
            };
            Store(created);
        }

        Changed?.Invoke();
        return created;
    }

    /// <summary>The topic, created with these numbers when it doesn't exist: retry topics and dead letters. Where no changes are taken the answer is what it would be.</summary>
    public TopicConfig GetOrCreate(string topic, int queueNums, int perm, int topicSysFlag)
    {
        if (_topics.TryGetValue(topic, out var existing)) return existing;
        TopicConfig created;
        lock (_gate)
        {
            if (_topics.TryGetValue(topic, out existing)) return existing;
            created = new TopicConfig
            {
                TopicName = topic,
                ReadQueueNums = queueNums,
                WriteQueueNums = queueNums,
                Perm = perm,
                TopicSysFlag = topicSysFlag,
            };
            if (_changes.IsClosed) return created;
            Store(created);
        }

        Changed?.Invoke();
        return created;
    }

    /// <summary>Creates or replaces, all in one change; nothing where no changes are taken.</summary>
    public void Put(params ReadOnlySpan<TopicConfig> configs)
    {
        lock (_gate)
        {
            if (_changes.IsClosed) return;
            foreach (var config in configs) Set(config);
            _version = _version.Next(Now);
        }

        Changed?.Invoke();
    }

    public bool Remove(string topic)
    {
        lock (_gate)
        {
            if (_changes.IsClosed || !_topics.TryRemove(topic, out _)) return false;
            _changes.Note(topic);
            _version = _version.Next(Now);
        }

        Changed?.Invoke();
        return true;
    }

    /// <summary>Marks the topics that the name servers list as ordered, and unmarks the others.</summary>
    public void ApplyOrderTopics(KvTable ordered)
    {
        lock (_gate)
        {
            if (_changes.IsClosed) return;
            var changed = false;
            foreach (var (name, config) in _topics)
            {
                var order = ordered.Table.ContainsKey(name);
                if (config.Order == order) continue;
                Set(config with { Order = order });
                changed = true;
            }

            if (!changed) return;
            _version = _version.Next(Now);
        }

        Changed?.Invoke();
    }

    /// <summary>Counts as a change though no topic changed, so that the name servers take the registration: the broker's own permission did.</summary>
    public void Touch()
    {
        lock (_gate)
        {
            if (_changes.IsClosed) return;
            _version = _version.Next(Now);
            _changes.NoteVersion();
        }

        Changed?.Invoke();
    }

    /// <summary>All topics with the version they stand at.</summary>
    public TopicConfigAndVersion Snapshot()
    {
        lock (_gate)
        {
            return new TopicConfigAndVersion
            {
                DataVersion = _version,
                TopicConfigTable = new SortedDictionary<string, TopicConfig>(_topics, StringComparer.Ordinal),
            };
        }
    }

    public byte[] ToJson() => Snapshot().Encode();

    public void ReplaceFromJson(ReadOnlySpan<byte> json)
    {
        var other = TopicConfigAndVersion.Decode(json);
        lock (_gate)
        {
            // What this broker needs to run stays, whatever the other side has.
            foreach (var name in _topics.Keys)
            {
                if (!other.TopicConfigTable.ContainsKey(name) && !IsSystem(name)) _topics.TryRemove(name, out _);
            }

            foreach (var (name, config) in other.TopicConfigTable) _topics[name] = config;
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
            foreach (var name in keys ?? _topics.Keys) _changes.Note(name);
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
                if (json is not { } text) _topics.TryRemove(name, out _);
                else if (TableDeltaEntries.TryParse(text, out var config)) _topics[name] = TopicConfig.Read(config, name);
            }

            _version = delta.Version ?? _version;
        }

        Changed?.Invoke();
    }

    private TableDelta DescribeLocked(IEnumerable<string> names) =>
        new(FileName, _version, [.. names.Select(name => new TableEntry(name, _topics.GetValueOrDefault(name)?.Encode()))]);

    private void Set(TopicConfig config)
    {
        _topics[config.TopicName] = config;
        _changes.Note(config.TopicName);
    }

    private void Store(TopicConfig config)
    {
        Set(config);
        _version = _version.Next(Now);
    }

    private void AddSystemTopics(BrokerOptions options)
    {
        const int ReadWrite = PermName.ReadWrite;
        AddSystem(TopicNames.SelfTest, 1, ReadWrite);
        if (options.AutoCreateTopicEnable)
        {
            AddSystem(TopicNames.SystemDefault, options.DefaultTopicQueueNums, PermName.Inherit | ReadWrite);
        }

        AddSystem(TopicNames.BenchmarkTest, BenchmarkQueueCount, ReadWrite);
        AddSystem(options.ClusterName, TopicConfig.DefaultQueueNums, PermName.Inherit | (options.ClusterTopicEnable ? ReadWrite : 0));
        AddSystem(options.BrokerName, 1, PermName.Inherit | (options.BrokerTopicEnable ? ReadWrite : 0));
        AddSystem(TopicNames.OffsetMoved, 1, ReadWrite);
        AddSystem(TopicNames.Schedule, ScheduleQueueCount, ReadWrite);
        if (options.TimerWheelEnable) AddSystem(TopicNames.Timer, 1, ReadWrite);
        if (options.TraceTopicEnable) AddSystem(options.MsgTraceTopicName, 1, ReadWrite);
        AddSystem(options.ClusterName + "_REPLY_TOPIC", 1, ReadWrite);

        // Readiness sends to it; being here from the start saves each cold start a creation.
        AddSystem(TopicNames.Probe, 1, ReadWrite);
    }

    private void AddSystem(string topic, int queueNums, int perm)
    {
        if (topic != TopicNames.Probe) _ownSystemTopics.Add(topic);
        _topics[topic] = new TopicConfig { TopicName = topic, ReadQueueNums = queueNums, WriteQueueNums = queueNums, Perm = perm };
    }
}
