using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Tests.Headers;

/// <summary>Field names on the wire, as Apache's header classes have them.</summary>
public sealed class HeaderNameTests
{
    [Fact]
    public void Transaction_headers_are_frozen()
    {
        Frozen(
            new EndTransactionRequestHeader
            {
                ProducerGroup = "p",
                TranStateTableOffset = 1,
                CommitLogOffset = 2,
                CommitOrRollback = 8,
                FromTransactionCheck = true,
                MsgId = "m",
                TransactionId = "t",
            },
            "producerGroup=p,tranStateTableOffset=1,commitLogOffset=2,commitOrRollback=8,fromTransactionCheck=true,msgId=m,transactionId=t");
        Frozen(
            new CheckTransactionStateRequestHeader { TranStateTableOffset = 1, CommitLogOffset = 2, MsgId = "m", TransactionId = "t", OffsetMsgId = "o" },
            "tranStateTableOffset=1,commitLogOffset=2,msgId=m,transactionId=t,offsetMsgId=o");
        Frozen(new ResumeCheckHalfMessageRequestHeader("m"), "msgId=m");
    }

    private static void Frozen<T>(T header, string expected)
        where T : class, IRequestHeader<T>
    {
        var fields = header.ToExtFields();
        Assert.Equal(expected, fields.ToString());
        Assert.True(RequestHeader.TryRead<T>(fields, out var read, out var problem), problem);
        Assert.Equal(header, read);
    }
}
