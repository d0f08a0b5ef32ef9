using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of a pull's answer. Offsets count messages of the queue.</summary>
public sealed record PullMessageResponseHeader : IRequestHeader<PullMessageResponseHeader>
{
    /// <summary>Where to pull next: 0 the master, otherwise a slave's brokerId.</summary>
    public long SuggestWhichBrokerId { get; init; }

    public long NextBeginOffset { get; init; }

    public long MinOffset { get; init; }

    /// <summary>One past the last message.</summary>
    public long MaxOffset { get; init; }

    public static PullMessageResponseHeader Read(ref HeaderReader reader) => new()
    {
        SuggestWhichBrokerId = reader.Int64("suggestWhichBrokerId"),
        NextBeginOffset = reader.Int64("nextBeginOffset"),
        MinOffset = reader.Int64("minOffset"),
        MaxOffset = reader.Int64("maxOffset"),
    };

    public ExtFields ToExtFields()
    {
        var fields = new ExtFields();
        AddTo(fields);
        return fields;
    }

    /// <summary>Writes into an answer that already exists.</summary>
    public void AddTo(ExtFields fields)
    {
        fields.Add("suggestWhichBrokerId", SuggestWhichBrokerId);
        fields.Add("nextBeginOffset", NextBeginOffset);
        fields.Add("minOffset", MinOffset);
        fields.Add("maxOffset", MaxOffset);
    }
}
