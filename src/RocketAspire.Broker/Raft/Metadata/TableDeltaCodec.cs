using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker.Raft.Metadata;

/// <summary>
/// The body of a record of the internal topic: <c>{"remove":["key"],"set":{"key":value},"table":"topics.json","version":{…}}</c>.
/// Values are those of the table's file; keys of offsets are <c>topic@group@queue</c> and the delay level.
/// </summary>
public static class TableDeltaCodec
{
    // What stands around the entries: brackets, names, the table's name and its version.
    private const int Frame = 256;

    /// <summary>The delta, or several when its body would take more than so many bytes; an entry that is larger alone stands alone.</summary>
    public static IEnumerable<TableDelta> Split(TableDelta delta, int maxBytes)
    {
        var part = new List<TableEntry>();
        var bytes = Frame;
        foreach (var entry in delta.Entries)
        {
            var size = SizeOf(entry);
            if (part.Count > 0 && bytes + size > maxBytes)
            {
                yield return delta with { Entries = part };
                part = [];
                bytes = Frame;
            }

            part.Add(entry);
            bytes += size;
        }

        if (part.Count > 0 || delta.Entries.Count == 0) yield return delta with { Entries = part };
    }

    public static byte[] Encode(TableDelta delta)
    {
        var json = new FastJsonWriter(quoteKeys: true);
        json.StartObject();
        json.Property("remove", delta.Entries.Where(static entry => entry.Json is null).Select(static entry => entry.Key));
        json.Key("set");
        json.StartObject();
        foreach (var (key, value) in delta.Entries)
        {
            if (value is not { } text) continue;
            json.Key(key);
            json.Raw(text);
        }

        json.EndObject();
        json.Property("table", delta.Table);
        if (delta.Version is { } version)
        {
            json.Key("version");
            version.Write(json);
        }

        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">No such body.</exception>
    public static TableDelta Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var table = json["table"].AsString() ?? throw new FastJsonException("a change of a table names no table");
        var entries = new List<TableEntry>();
        foreach (var (key, value) in json["set"].Properties)
        {
            if (key.AsString() is { } name) entries.Add(new(name, value.RawBytes.ToArray()));
        }

        foreach (var name in json["remove"].AsStrings()) entries.Add(new(name, null));
        var version = json["version"];
        return new(table, version.IsAbsent ? null : DataVersion.Read(version), entries);
    }

    // A character of a key takes up to 6 bytes when it is escaped; topics and groups have none that are.
    private static int SizeOf(TableEntry entry) => (entry.Key.Length * 3) + 4 + (entry.Json?.Length ?? 0);
}
