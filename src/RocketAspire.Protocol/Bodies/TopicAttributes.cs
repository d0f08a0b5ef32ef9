using System.Globalization;

namespace RocketAspire.Protocol.Bodies;

/// <summary>The attributes that a 5.x topic may have, and how they are changed: <c>+key=value</c> sets one, <c>-key</c> takes it away.</summary>
/// <remarks>Sources: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/common/src/main/java/org/apache/rocketmq/common/TopicAttributes.java
/// and https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/common/src/main/java/org/apache/rocketmq/common/attribute/AttributeUtil.java</remarks>
public static class TopicAttributes
{
    public const string MessageType = "message.type";
    public const string QueueType = "queue.type";
    public const string CleanupPolicy = "cleanup.policy";
    public const string ReserveTime = "reserve.time";

    private static readonly string[] MessageTypes = ["UNSPECIFIED", "NORMAL", "FIFO", "DELAY", "TRANSACTION", "MIXED"];

    /// <summary>Reads <c>+key1=value1,-key2</c> into keys that keep their signs.</summary>
    /// <param name="text">Null or empty: no changes.</param>
    /// <param name="changes">The changes, or null.</param>
    /// <returns>What is wrong in Apache's words, or null.</returns>
    public static string? TryParse(string? text, out SortedDictionary<string, string>? changes)
    {
        changes = null;
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf('=');
            var key = at < 0 ? part : part[..at];
            if (at < 0 ? !key.Contains('-') : !key.Contains('+')) return (at < 0 ? "delete attribute format is wrong: " : "add/alter attribute format is wrong: ") + key;
            if (!(changes ??= new(StringComparer.Ordinal)).TryAdd(key, at < 0 ? "" : part[(at + 1)..])) return "key duplication: " + key;
        }

        return null;
    }

    /// <summary>Applies changes to the attributes that a topic has.</summary>
    /// <param name="current">What it has; null: nothing.</param>
    /// <param name="changes">Keys with their signs.</param>
    /// <param name="isNew">The topic is being created: nothing can be taken away, and what never changes can be set.</param>
    /// <param name="result">The attributes afterwards, or null when there are none.</param>
    /// <returns>What is wrong in Apache's words, or null.</returns>
    public static string? TryChange(IReadOnlyDictionary<string, string>? current, IReadOnlyDictionary<string, string> changes, bool isNew, out SortedDictionary<string, string>? result) =>
        TryChange(current, changes, isNew, Check, out result);

    /// <summary>The same for a consumer group's attributes, of which 5.3 knows none yet: what is there can stay, and nothing can be changed.</summary>
    /// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/common/src/main/java/org/apache/rocketmq/common/SubscriptionGroupAttributes.java</remarks>
    public static string? TryChangeGroup(IReadOnlyDictionary<string, string>? current, IReadOnlyDictionary<string, string> changes, bool isNew, out SortedDictionary<string, string>? result) =>
        TryChange(current, changes, isNew, static (name, _, _, _) => "unsupported key: " + name, out result);

    private static string? TryChange(
        IReadOnlyDictionary<string, string>? current, IReadOnlyDictionary<string, string> changes, bool isNew, Func<string, string, bool, bool, string?> check,
        out SortedDictionary<string, string>? result)
    {
        result = new(StringComparer.Ordinal);
        foreach (var (key, value) in current ?? new Dictionary<string, string>()) result[key] = value;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in changes)
        {
            var name = key.Length > 0 ? key[1..] : "";
            if (name.Length == 0 || name.AsSpan().ContainsAny('+', '-')) return "kv string format wrong.";
            if (!seen.Add(name)) return "alter duplication key. key: " + name;
            if (isNew && key[0] != '+') return "only add attribute is supported while creating topic. key: " + name;
            if (key[0] is not ('+' or '-')) return "wrong format key: " + name;
            if (key[0] == '-' && !result.ContainsKey(name)) return "attempt to delete a nonexistent key: " + name;
            if (check(name, value, isNew, key[0] == '-') is { } wrong) return wrong;
            if (key[0] == '+') result[name] = value;
            else result.Remove(name);
        }

        if (result.Count == 0) result = null;
        return null;
    }

    private static string? Check(string name, string value, bool isNew, bool isDelete)
    {
        var isChangeable = name is MessageType or ReserveTime;
        if (!isChangeable && name is not (QueueType or CleanupPolicy)) return "unsupported key: " + name;
        if (!isNew && !isChangeable) return "attempt to update an unchangeable attribute. key: " + name;
        if (isDelete) return null;
        return name switch
        {
            MessageType => OneOf(value, MessageTypes),
            QueueType => OneOf(value, ["BatchCQ", "SimpleCQ"]),
            CleanupPolicy => OneOf(value, ["DELETE", "COMPACTION"]),
            _ => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time) && time >= -1 ? null : $"value is not in range(-1, {long.MaxValue})",
        };
    }

    private static string? OneOf(string value, string[] allowed) => allowed.Contains(value, StringComparer.Ordinal) ? null : $"value is not in set: [{string.Join(", ", allowed)}]";
}
