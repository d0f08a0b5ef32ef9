using System.Collections.Concurrent;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>A client as it told of itself.</summary>
internal sealed class ClientSession(string clientId, DateTimeOffset since)
{
    private readonly ConcurrentDictionary<string, byte> _transactionTopics = new(StringComparer.Ordinal);
    private volatile Settings _settings = new();
    private volatile TelemetryStream? _stream;
    private Settings? _repeat;
    private long _seenAt;

    public string ClientId => clientId;

    /// <summary>When it came.</summary>
    public DateTimeOffset Since => since;

    /// <summary><c>ip:port</c> of its telemetry stream.</summary>
    public string RemoteAddress { get; set; } = "";

    public string Language { get; set; } = "OTHER";

    public string ClientVersion { get; set; } = "";

    /// <summary>As the client wants them; see <see cref="SettingsMerger"/> for what counts.</summary>
    public Settings Settings
    {
        get => _settings;
        set => _settings = value;
    }

    /// <summary>Null: there is none open.</summary>
    public TelemetryStream? Stream => _stream;

    /// <summary>Timestamp of the clock at the last sign of life.</summary>
    public long SeenAt => Volatile.Read(ref _seenAt);

    /// <summary>Topics to which it sends transactions.</summary>
    public ICollection<string> TransactionTopics => _transactionTopics.Keys;

    public void Seen(long timestamp) => Volatile.Write(ref _seenAt, timestamp);

    /// <summary>The latest stream counts: a client opens a new one when it believes that the old one is dead.</summary>
    public void Attach(TelemetryStream stream) => _stream = stream;

    public void Detach(TelemetryStream stream) => Interlocked.CompareExchange(ref _stream, null, stream);

    /// <summary>What counts was told; a producer of several topics is told once more.</summary>
    /// <remarks>
    /// Apache's client for Node.js asks for one topic's route after the other and only then begins to wait for settings. When
    /// they have come before, it waits five minutes, until it asks again; told again with its first heartbeat, ten seconds.
    /// </remarks>
    public void Told(Settings settings) => Volatile.Write(ref _repeat, settings.Publishing?.Topics.Count > 1 ? settings : null);

    /// <summary>What is to be told once more; null: nothing, or it was.</summary>
    public Settings? TakeRepeat() => Interlocked.Exchange(ref _repeat, null);

    /// <summary>False when that was known.</summary>
    public bool AddTransactionTopic(string topic) => _transactionTopics.TryAdd(topic, 0);

    public bool HasTransactionTopic(string topic) => _transactionTopics.ContainsKey(topic);
}
