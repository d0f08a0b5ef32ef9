namespace RocketAspire.Protocol.Messages;

/// <summary>Names of the topics that popping needs.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/common/src/main/java/org/apache/rocketmq/common/KeyBuilder.java
/// and PopAckConstants.java beside it.</remarks>
public static class PopTopics
{
    /// <summary>The group whose offsets say from where the revive log is still needed.</summary>
    public const string ReviveGroup = "CID_RMQ_SYS_REVIVE_GROUP";

    /// <summary>Longest name of a retry topic, in bytes: it is a folder's name too.</summary>
    public const int MaxRetryLength = 255;

    private const string RevivePrefix = TopicNames.SystemPrefix + "REVIVE_LOG_";
    private const char SeparatorV1 = '_';
    private const char SeparatorV2 = '+';

    /// <summary>Where check points and acknowledgements are written down.</summary>
    public static string ReviveLog(string cluster) => RevivePrefix + cluster;

    /// <summary>Where a group's messages go that were popped and not acknowledged in time.</summary>
    /// <param name="topic">The normal topic.</param>
    /// <param name="group">The group.</param>
    /// <param name="v2">The newer form, in which a topic and a group can be told apart again.</param>
    public static string Retry(string topic, string group, bool v2) => $"{TopicNames.RetryPrefix}{group}{(v2 ? SeparatorV2 : SeparatorV1)}{topic}";

    public static bool IsRetry(string topic) => topic.StartsWith(TopicNames.RetryPrefix, StringComparison.Ordinal);

    public static bool IsRetryV2(string topic) => IsRetry(topic) && topic.Contains(SeparatorV2);

    /// <summary>The normal topic behind a group's pop retry topic; any other name as it is.</summary>
    public static string Normal(string topic, string group)
    {
        if (!IsRetry(topic) || topic.Length <= TopicNames.RetryPrefix.Length + group.Length + 1) return topic;
        var separator = topic[TopicNames.RetryPrefix.Length + group.Length];
        return string.CompareOrdinal(topic, TopicNames.RetryPrefix.Length, group, 0, group.Length) == 0 && separator is SeparatorV1 or SeparatorV2
            ? topic[(TopicNames.RetryPrefix.Length + group.Length + 1)..]
            : topic;
    }
}
