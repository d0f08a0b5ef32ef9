namespace RocketAspire.Protocol.Headers;

/// <summary>Bits of a pull's sysFlag.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/sysflag/PullSysFlag.java</remarks>
public static class PullSysFlag
{
    /// <summary>commitOffset is to be stored as the group's progress.</summary>
    public const int CommitOffset = 0x1;

    /// <summary>Nothing there: hold the answer up to suspendTimeoutMillis.</summary>
    public const int Suspend = 0x2;

    /// <summary>The subscription stands in this request; otherwise the one of the heartbeat counts.</summary>
    public const int Subscription = 0x4;

    public const int ClassFilter = 0x8;

    public const int LitePull = 0x10;
}
