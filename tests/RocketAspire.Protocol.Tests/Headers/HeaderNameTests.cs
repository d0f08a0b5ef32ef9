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

    [Fact]
    public void Query_headers_are_frozen()
    {
        Frozen(
            new QueryMessageRequestHeader { Topic = "t", Key = "k", MaxNum = 1, BeginTimestamp = 2, EndTimestamp = 3, IsUniqueKey = true },
            "topic=t,key=k,maxNum=1,beginTimestamp=2,endTimestamp=3,_unique_msg_query_flag=true");
        Frozen(new QueryMessageResponseHeader(1, 2), "indexLastUpdateTimestamp=1,indexLastUpdatePhyoffset=2");
        Frozen(new QueryConsumeQueueRequestHeader("t", 1, 2, 3, "g"), "topic=t,queueId=1,index=2,count=3,consumerGroup=g");
        Frozen(new SearchOffsetRequestHeader("t", 1, 2, "UPPER"), "topic=t,queueId=1,timestamp=2,boundaryType=UPPER");
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
