using RocketAspire.Protocol.Messages;

namespace RocketAspire.Protocol.Bodies;

/// <summary>What a consumer group wants of a topic.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/heartbeat/SubscriptionData.java</remarks>
public sealed record SubscriptionData
{
    public const string All = "*";
    public const string Tag = "TAG";
    public const string Sql92 = "SQL92";

    public bool ClassFilterMode { get; init; }

    public string Topic { get; init; } = "";

    /// <summary>The expression as the consumer wrote it.</summary>
    public string SubString { get; init; } = All;

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Java hash codes of the tags: what the broker filters by.</summary>
    public IReadOnlyList<int> Codes { get; init; } = [];

    /// <summary>Unix milliseconds of the subscription; a later one replaces an earlier.</summary>
    public long SubVersion { get; init; }

    public string ExpressionType { get; init; } = Tag;

    public bool IsTagType => IsTag(ExpressionType);

    public static bool IsTag(string? expressionType) => string.IsNullOrEmpty(expressionType) || expressionType == Tag;

    /// <summary>Reads an expression as it comes in a pull. False when there is neither a tag nor a "*" in it.</summary>
    public static bool TryBuild(string topic, string? expression, string? expressionType, out SubscriptionData subscription)
    {
        subscription = new SubscriptionData { Topic = topic };
        if (!IsTag(expressionType))
        {
            subscription = subscription with { SubString = expression ?? "", ExpressionType = expressionType! };
            return !string.IsNullOrEmpty(expression);
        }

        if (string.IsNullOrEmpty(expression) || expression == All) return true;
        var tags = expression.Split("||", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (tags.Length == 0) return false;
        subscription = subscription with { SubString = expression, Tags = tags, Codes = Array.ConvertAll(tags, JavaString.HashCode) };
        return true;
    }

    public void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Property("classFilterMode", ClassFilterMode);
        json.Key("codeSet");
        json.StartArray();
        foreach (var code in Codes) json.Value(code);
        json.EndArray();
        json.Property("expressionType", ExpressionType);
        json.Property("subString", SubString);
        json.Property("subVersion", SubVersion);
        json.Property("tagsSet", Tags);
        json.Property("topic", Topic);
        json.EndObject();
    }

    public static SubscriptionData Read(FastJsonElement json)
    {
        var codes = new List<int>();
        foreach (var item in json["codeSet"].Items) codes.Add(item.AsInt32());
        return new SubscriptionData
        {
            ClassFilterMode = json["classFilterMode"].AsBoolean(),
            Topic = json["topic"].AsString() ?? "",
            SubString = json["subString"].AsString() ?? All,
            Tags = json["tagsSet"].AsStrings(),
            Codes = codes,
            SubVersion = json["subVersion"].AsInt64(),
            ExpressionType = json["expressionType"].AsString() ?? Tag,
        };
    }
}
