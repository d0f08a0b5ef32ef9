using System.Globalization;
using RocketAspire.Protocol.Messages;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>Looks at what clients name. Null: nothing is wrong.</summary>
/// <remarks>Sources: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/common/GrpcValidator.java
/// and https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/client/src/main/java/org/apache/rocketmq/client/Validators.java</remarks>
internal static class Checks
{
    private const string Allowed = "^[%|a-zA-Z0-9_-]+$";
    private const string SystemGroupPrefix = "CID_RMQ_SYS_";

    public static Status? Topic(Resource? topic)
    {
        var name = topic?.Name ?? "";
        if (string.IsNullOrWhiteSpace(name)) return Statuses.Of(Code.IllegalTopic, "The specified topic is blank");
        if (name.Length > TopicNames.MaxTopicLength) return Statuses.Of(Code.IllegalTopic, $"The specified topic is longer than topic max length {TopicNames.MaxTopicLength}.");
        if (TopicNames.WhyInvalidTopic(name) is not null) return Statuses.Of(Code.IllegalTopic, $"The specified topic[{name}] contains illegal characters, allowing only {Allowed}");
        return TopicNames.IsSystem(name) ? Statuses.Of(Code.IllegalTopic, "cannot access system topic") : null;
    }

    public static Status? Group(Resource? group)
    {
        var name = group?.Name ?? "";
        if (string.IsNullOrWhiteSpace(name)) return Statuses.Of(Code.IllegalConsumerGroup, "the specified group is blank");
        if (name.Length > TopicNames.MaxGroupLength) return Statuses.Of(Code.IllegalConsumerGroup, $"the specified group is longer than group max length {TopicNames.MaxGroupLength}.");
        if (TopicNames.WhyInvalidGroup(name) is not null) return Statuses.Of(Code.IllegalConsumerGroup, $"the specified group[{name}] contains illegal characters, allowing only {Allowed}");
        return name.StartsWith(SystemGroupPrefix, StringComparison.Ordinal) ? Statuses.Of(Code.IllegalConsumerGroup, "cannot use system consumer group") : null;
    }

    public static Status? InvisibleTime(long ms, long minMs)
    {
        if (ms < minMs) return Statuses.Of(Code.IllegalInvisibleTime, string.Create(CultureInfo.InvariantCulture, $"the invisibleTime is too small. min is {minMs}"));
        return ms > Limits.MaxInvisibleMs ? Statuses.Of(Code.IllegalInvisibleTime, string.Create(CultureInfo.InvariantCulture, $"the invisibleTime is too large. max is {Limits.MaxInvisibleMs}")) : null;
    }

    public static Status? Tag(string tag) => tag.Length == 0 ? null
        : string.IsNullOrWhiteSpace(tag) ? Statuses.Of(Code.IllegalMessageTag, "tag cannot be the char sequence of whitespace")
        : tag.Contains('|') ? Statuses.Of(Code.IllegalMessageTag, "tag cannot contain '|'")
        : HasControl(tag) ? Statuses.Of(Code.IllegalMessageTag, "tag cannot contain control character") : null;

    public static Status? Key(string key) => key.Length == 0 ? null
        : string.IsNullOrWhiteSpace(key) ? Statuses.Of(Code.IllegalMessageKey, "key cannot be the char sequence of whitespace")
        : HasControl(key) ? Statuses.Of(Code.IllegalMessageKey, "key cannot contain control character") : null;

    public static Status? MessageGroup(string group) => group.Length == 0 ? null
        : string.IsNullOrWhiteSpace(group) ? Statuses.Of(Code.IllegalMessageGroup, "message group cannot be the char sequence of whitespace")
        : System.Text.Encoding.UTF8.GetByteCount(group) >= Limits.MaxMessageGroupBytes ? Statuses.Of(Code.IllegalMessageGroup, $"message group exceed the max size {Limits.MaxMessageGroupBytes}")
        : HasControl(group) ? Statuses.Of(Code.IllegalMessageGroup, "message group cannot contain control character") : null;

    /// <summary>Java's ISO control characters.</summary>
    public static bool HasControl(string text)
    {
        foreach (var c in text)
            if (char.IsControl(c)) return true;
        return false;
    }
}
