using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker;

/// <summary>How far each delay level has been delivered, in messages of its queue. Written to config/delayOffset.json.</summary>
public sealed class DelayOffsetTable : IReplicatedTable
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, long> _offsets = [];

    public string FileName => "delayOffset.json";

    public event Action? Changed;

    /// <summary>Next message of a level (1..), or null when none was ever delivered.</summary>
    public long? Get(int level)
    {
        lock (_gate) return _offsets.TryGetValue(level, out var offset) ? offset : null;
    }

    public void Set(int level, long offset)
    {
        lock (_gate) _offsets[level] = offset;
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
}
