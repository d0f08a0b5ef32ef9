namespace RocketAspire.Protocol;

/// <summary>Protocol versions: ordinals of Apache's enumeration of releases.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/common/src/main/java/org/apache/rocketmq/common/MQVersion.java</remarks>
public static class RocketMQVersion
{
    /// <summary>4.9.4: the first whose clients read standard JSON only.</summary>
    public const int V4_9_4 = 401;

    /// <summary>4.9.8: what we speak and say we are.</summary>
    public const int V4_9_8 = 409;

    public const int V5_0_0 = 413;

    public const int Current = V4_9_8;

    public const string CurrentName = "V4_9_8";
}
