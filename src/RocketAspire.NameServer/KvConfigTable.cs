using RocketAspire.Protocol.Bodies;

namespace RocketAspire.NameServer;

/// <summary>Named maps of strings that operators keep here, such as the queue numbers of ordered topics. A change is on disk before it counts.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/namesrv/src/main/java/org/apache/rocketmq/namesrv/kvconfig/KVConfigManager.java</remarks>
internal sealed class KvConfigTable
{
    public const string OrderTopicConfig = "ORDER_TOPIC_CONFIG";

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly string? _path;

    // Replaced as a whole, never changed: readers need no lock.
    private SortedDictionary<string, SortedDictionary<string, string>> _namespaces;

    private KvConfigTable(string? path, SortedDictionary<string, SortedDictionary<string, string>> namespaces)
    {
        _path = path;
        _namespaces = namespaces;
    }

    /// <exception cref="InvalidDataException">The file is there but can't be read.</exception>
    public static async Task<KvConfigTable> LoadAsync(string? path, CancellationToken cancellationToken)
    {
        var namespaces = new SortedDictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        if (path is not null && File.Exists(path))
        {
            try
            {
                var json = FastJson.Parse(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false));
                foreach (var (key, value) in json["configTable"].Properties) namespaces[key.AsString() ?? ""] = value.AsStringMap();
            }
            catch (FastJsonException e)
            {
                throw new InvalidDataException($"the KV configuration {path} can't be read: {e.Message}", e);
            }
        }

        return new KvConfigTable(path, namespaces);
    }

    public string? Get(string space, string key) =>
        Volatile.Read(ref _namespaces).TryGetValue(space, out var table) ? table.GetValueOrDefault(key) : null;

    /// <summary>The whole map, or null when there never was one of that name.</summary>
    public KvTable? List(string space) => Volatile.Read(ref _namespaces).TryGetValue(space, out var table) ? new KvTable(table) : null;

    public Task PutAsync(string space, string key, string value, CancellationToken cancellationToken) =>
        ChangeAsync(space, table => table[key] = value, cancellationToken);

    public Task DeleteAsync(string space, string key, CancellationToken cancellationToken) =>
        ChangeAsync(space, table => table.Remove(key), cancellationToken);

    private async Task ChangeAsync(string space, Action<SortedDictionary<string, string>> change, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var namespaces = new SortedDictionary<string, SortedDictionary<string, string>>(_namespaces, StringComparer.Ordinal);
            var table = namespaces.TryGetValue(space, out var old) ? new SortedDictionary<string, string>(old, StringComparer.Ordinal) : new(StringComparer.Ordinal);
            change(table);
            namespaces[space] = table;
            if (_path is not null) await DurableFile.WriteAsync(_path, Encode(namespaces)).ConfigureAwait(false);
            Volatile.Write(ref _namespaces, namespaces);
        }
        finally
        {
            _gate.Release();
        }
    }

    private static byte[] Encode(SortedDictionary<string, SortedDictionary<string, string>> namespaces)
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Key("configTable");
        json.StartObject();
        foreach (var (space, table) in namespaces)
        {
            json.Key(space);
            json.StartObject();
            foreach (var (key, value) in table) json.Property(key, value);
            json.EndObject();
        }

        json.EndObject();
        json.EndObject();
        return json.ToArray();
    }
}
