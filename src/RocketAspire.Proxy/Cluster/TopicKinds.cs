using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>The kinds of messages that a topic takes.</summary>
/// <param name="Name">The attribute <c>message.type</c>.</param>
/// <param name="Accepted">As routes tell it; one that is not specified takes nothing.</param>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/common/src/main/java/org/apache/rocketmq/common/attribute/TopicMessageType.java</remarks>
internal sealed record TopicKinds(string Name, IReadOnlyList<MessageType> Accepted)
{
    private static readonly Dictionary<string, TopicKinds> Known = new(StringComparer.Ordinal)
    {
        ["NORMAL"] = new("NORMAL", [MessageType.Normal]),
        ["FIFO"] = new("FIFO", [MessageType.Fifo]),
        ["DELAY"] = new("DELAY", [MessageType.Delay]),
        ["TRANSACTION"] = new("TRANSACTION", [MessageType.Transaction]),
        ["MIXED"] = new("MIXED", [MessageType.Normal, MessageType.Fifo, MessageType.Delay, MessageType.Transaction]),
    };

    private static readonly TopicKinds Unspecified = new("UNSPECIFIED", [MessageType.Unspecified]);

    /// <param name="attribute">Null: a topic without it takes normal messages.</param>
    public static TopicKinds Of(string? attribute) => Known.GetValueOrDefault(attribute ?? "NORMAL", Unspecified);

    public bool HasTransactions => Accepted.Contains(MessageType.Transaction);

    /// <summary>Null when it takes such a message.</summary>
    public Status? Refuse(MessageType actual) => Accepted.Contains(actual) ? null
        : Statuses.Of(Code.MessagePropertyConflictWithType, $"TopicMessageType validate failed, the expected type is {Name}, but actual type is {actual.ToString().ToUpperInvariant()}");
}
