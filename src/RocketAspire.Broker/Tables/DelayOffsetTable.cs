using System.Buffers.Text;
using System.Globalization;
using System.Text;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker;

/// <summary>How far each delay level has been delivered, in messages of its queue. Written to config/delayOffset.json.</summary>
public sealed class DelayOffsetTable : ILoggedTable
{
    private readonly Lock _gate = new();
    private readonly ChangedKeys<int> _changes = new();
    private readonly SortedDictionary<int, long> _offsets = [];

    public string FileName => "delayOffset.json";

    public event Action? Changed;

    public bool HasChanges => _changes.Any;

    /// <summary>Next message of a level (1..), or null when none was ever delivered.</summary>
    public long? Get(int level)
    {
        lock (_gate) return _offsets.TryGetValue(level, out var offset) ? offset : null;
    }

    /// <summary>Nothing where no changes are taken.</summary>
    public void Set(int level, long offset)
    {
        lock (_gate)
        {
            if (_changes.IsClosed || (_offsets.TryGetValue(level, out var before) && before == offset)) return;
            _offsets[level] = offset;
            _changes.Note(level);
        }

        Changed?.Invoke();
    }

    public byte[] ToJson()
    {
        lock (_gate) return DelayOffsets.Encode(_offsets);
    }

    public void ReplaceFromJson(ReadOnlySpan<byte> json)
    {
        var other = DelayOffsets.Decode(json);
        lock (_gate)
        {
            _offsets.Clear();
            foreach (var (level, offset) in other) _offsets[level] = offset;
        }

        Changed?.Invoke();
    }

    public void Open()
    {
        lock (_gate) _changes.Open();
    }

    public IReadOnlyList<string> Close()
    {
        lock (_gate) return [.. _changes.Close().Select(Key)];
    }

    public void Note(IEnumerable<string>? keys = null)
    {
        lock (_gate)
        {
            foreach (var level in keys?.Select(Level) ?? _offsets.Keys) _changes.Note(level);
        }
    }

    public TableDelta? TakeChanges()
    {
        lock (_gate) return _changes.Take() is { } levels ? new(FileName, null, [.. levels.Select(EntryLocked)]) : null;
    }

    public TableDelta Describe(IEnumerable<string> keys)
    {
        lock (_gate) return new(FileName, null, [.. keys.Select(Level).Select(EntryLocked)]);
    }

    public void Apply(TableDelta delta)
    {
        lock (_gate)
        {
            foreach (var (key, json) in delta.Entries)
            {
                if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var level)) continue;
                if (json is not { } text) _offsets.Remove(level);
                else if (Utf8Parser.TryParse(text, out long offset, out _)) _offsets[level] = offset;
            }
        }

        Changed?.Invoke();
    }

    private static string Key(int level) => level.ToString(CultureInfo.InvariantCulture);

    private static int Level(string key) => int.Parse(key, NumberStyles.None, CultureInfo.InvariantCulture);

    private TableEntry EntryLocked(int level) =>
        new(Key(level), _offsets.TryGetValue(level, out var offset) ? OffsetJson.Of(offset) : null);
}

/// <summary>An offset as an entry's JSON.</summary>
internal static class OffsetJson
{
    public static byte[] Of(long offset) => Encoding.ASCII.GetBytes(offset.ToString(CultureInfo.InvariantCulture));
}
