using System.Buffers;

namespace RocketAspire.Protocol.Messages;

/// <summary>System topics, prefixes, and what a topic or group may be called.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/topic/TopicValidator.java
/// and https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/client/src/main/java/org/apache/rocketmq/client/Validators.java</remarks>
public static class TopicNames
{
    /// <summary>The template from which topics are created on the first send.</summary>
    public const string SystemDefault = "TBW102";

    public const string Schedule = "SCHEDULE_TOPIC_XXXX";
    public const string SelfTest = "SELF_TEST_TOPIC";
    public const string BenchmarkTest = "BenchmarkTest";
    public const string OffsetMoved = "OFFSET_MOVED_EVENT";
    public const string TransHalf = "RMQ_SYS_TRANS_HALF_TOPIC";
    public const string TransOpHalf = "RMQ_SYS_TRANS_OP_HALF_TOPIC";
    public const string TransCheckMaxTime = "TRANS_CHECK_MAX_TIME_TOPIC";
    public const string TraceTopic = "RMQ_SYS_TRACE_TOPIC";
    public const string SystemPrefix = "rmq_sys_";

    /// <summary>Where 5.x's timed messages wait.</summary>
    public const string Timer = "rmq_sys_wheel_timer";

    public const string RetryPrefix = "%RETRY%";
    public const string DlqPrefix = "%DLQ%";
    public const string ReplyPostfix = "REPLY_TOPIC";

    /// <summary>Ours: what readiness is proven with; hidden from users' lists.</summary>
    public const string Probe = "RocketAspireProbe";

    /// <summary>Ours: a record of it opens each term (or epoch) of the log and carries its number.</summary>
    public const string TermMarker = "RMQ_SYS_ROCKETASPIRE_TERM";

    /// <summary>Ours: in DLedger mode its records carry the changes of topics, groups and offsets.</summary>
    public const string Metadata = "RMQ_SYS_ROCKETASPIRE_META";

    /// <summary>Ours: a record of it carries the name of a topic that was deleted; what the log has of that topic before it is nobody's.</summary>
    public const string Deletion = "RMQ_SYS_ROCKETASPIRE_DELETION";

    /// <summary>Ours: a record of it says how far timed messages have been delivered.</summary>
    public const string TimerProgress = "RMQ_SYS_ROCKETASPIRE_TIMER";

    public const int MaxTopicLength = 127;
    public const int MaxGroupLength = 255;

    private static readonly SearchValues<char> AllowedCharacters =
        SearchValues.Create("%-_|0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>The names that <see cref="IsSystem"/> knows, without ours.</summary>
    public static IReadOnlyList<string> System { get; } =
        [SystemDefault, Schedule, SelfTest, BenchmarkTest, OffsetMoved, TransHalf, TransOpHalf, TransCheckMaxTime, TraceTopic];

    public static bool IsSystem(string topic) =>
        topic is SystemDefault or Schedule or SelfTest or BenchmarkTest or OffsetMoved or TransHalf or TransOpHalf or TransCheckMaxTime or TraceTopic
            or Probe or TermMarker or Metadata or Deletion or TimerProgress
        || topic.StartsWith(SystemPrefix, StringComparison.Ordinal);

    /// <summary>Clients may not send to it, whatever its permissions.</summary>
    public static bool IsSendForbidden(string topic) =>
        topic is Schedule or SelfTest or OffsetMoved or TransHalf or TransOpHalf or TransCheckMaxTime or Timer or TermMarker or Metadata or Deletion or TimerProgress;

    public static string Retry(string group) => RetryPrefix + group;

    public static string Dlq(string group) => DlqPrefix + group;

    /// <summary>Null when the name may be used, else why not (Apache's reasons; for an answer's remark).</summary>
    public static string? WhyInvalidTopic(string? topic) => WhyInvalid("topic", topic, MaxTopicLength);

    /// <inheritdoc cref="WhyInvalidTopic"/>
    public static string? WhyInvalidGroup(string? group) => WhyInvalid("group", group, MaxGroupLength);

    private static string? WhyInvalid(string what, string? name, int maxLength)
    {
        if (string.IsNullOrWhiteSpace(name)) return $"The specified {what} is blank.";
        if (name.Length > maxLength) return $"The specified {what} is longer than {maxLength} characters.";
        return name.AsSpan().ContainsAnyExcept(AllowedCharacters)
            ? $"The specified {what} contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$"
            : null;
    }
}
