namespace RocketAspire.Protocol;

/// <summary>Protocol versions: ordinals of Apache's enumeration of releases.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/common/src/main/java/org/apache/rocketmq/common/MQVersion.java</remarks>
public static class RocketMQVersion
{
    /// <summary>3.0.7: the first whose clients take calls about offsets.</summary>
    public const int V3_0_7 = 28;

    /// <summary>3.1.8: the first whose clients tell of themselves and consume what they are given.</summary>
    public const int V3_1_8 = 62;

    /// <summary>4.9.4: the first whose clients read standard JSON only.</summary>
    public const int V4_9_4 = 401;

    /// <summary>4.9.8: what we speak and say we are.</summary>
    public const int V4_9_8 = 409;

    public const int V5_0_0 = 413;

    public const int Current = V4_9_8;

    public const string CurrentName = "V4_9_8";
}
