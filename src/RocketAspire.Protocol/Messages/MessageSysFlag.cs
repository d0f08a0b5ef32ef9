namespace RocketAspire.Protocol.Messages;

/// <summary>Bits of a record's sysFlag.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/common/src/main/java/org/apache/rocketmq/common/sysflag/MessageSysFlag.java</remarks>
public static class MessageSysFlag
{
    public const int Compressed = 0x1;
    public const int MultiTags = 0x2;
    public const int TransactionNot = 0x0;
    public const int TransactionPrepared = 0x4;
    public const int TransactionCommit = 0x8;
    public const int TransactionRollback = 0xC;
    public const int BornHostV6 = 0x10;
    public const int StoreHostV6 = 0x20;
    public const int NeedUnwrap = 0x40;
    public const int InnerBatch = 0x80;
    public const int CompressionLz4 = 0x100;
    public const int CompressionZstd = 0x200;
    public const int CompressionZlib = 0x300;

    public static int TransactionOf(int sysFlag) => sysFlag & TransactionRollback;
}
