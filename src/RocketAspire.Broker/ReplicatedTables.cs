namespace RocketAspire.Broker;

/// <summary>A table that slaves keep a copy of. Its JSON is the answer of the slaves' requests and the content of its file alike.</summary>
public interface IReplicatedTable
{
    /// <summary>The file's name under config/, such as topics.json.</summary>
    string FileName { get; }

    /// <summary>The whole table as Apache writes it.</summary>
    byte[] ToJson();

    /// <summary>Takes over another broker's table, or what the file held. Throws <see cref="FormatException"/> when it can't be read; the table is then unchanged.</summary>
    void ReplaceFromJson(ReadOnlySpan<byte> json);

    /// <summary>Raised after each change, on the changing thread: handlers only note it.</summary>
    event Action? Changed;
}

/// <summary>The four tables that slaves copy (requests 21, 201, 43, 45).</summary>
public sealed record ReplicatedTables(
    TopicConfigTable Topics,
    SubscriptionGroupTable Groups,
    ConsumerOffsetTable ConsumerOffsets,
    DelayOffsetTable DelayOffsets)
{
    public IReadOnlyList<ILoggedTable> All => [Topics, Groups, ConsumerOffsets, DelayOffsets];
}
