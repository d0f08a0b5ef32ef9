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

    [Fact]
    public void Headers_of_admin_calls_are_frozen()
    {
        Frozen(new ResetOffsetRequestHeader("t", "g", -1, true), "topic=t,group=g,timestamp=-1,isForce=true");
        Frozen(new GetConsumerStatusRequestHeader("t", "g", "c"), "topic=t,group=g,clientAddr=c");
        Frozen(new GetConsumerRunningInfoRequestHeader("g", "c", true), "consumerGroup=g,clientId=c,jstackEnable=true");
        Frozen(new ConsumeMessageDirectlyRequestHeader("g", "c", "m", "b"), "consumerGroup=g,clientId=c,msgId=m,brokerName=b");
        Frozen(new TopicGroupRequestHeader("t", "g"), "topic=t,group=g");
        Frozen(new QueryCorrectionOffsetRequestHeader("t", "g", "a,b"), "topic=t,compareGroup=g,filterGroups=a,b");
        Frozen(new CloneGroupOffsetRequestHeader("a", "b", "t", true), "srcGroup=a,destGroup=b,topic=t,offline=true");
        Frozen(new ViewBrokerStatsDataRequestHeader("n", "k"), "statsName=n,statsKey=k");
        Frozen(new GetConsumeStatsInBrokerRequestHeader(true), "isOrder=true");
    }

    [Fact]
    public void A_recalls_header_is_frozen() => Frozen(new RecallMessageRequestHeader("t", "h", "p"), "producerGroup=p,topic=t,recallHandle=h");

    [Fact]
    public void A_replys_header_is_frozen() => Frozen(
        new ReplyMessageRequestHeader
        {
            ProducerGroup = "p",
            Topic = "t",
            DefaultTopic = "d",
            DefaultTopicQueueNums = 1,
            QueueId = 2,
            SysFlag = 3,
            BornTimestamp = 4,
            Flag = 5,
            Properties = "x",
            ReconsumeTimes = 6,
            UnitMode = true,
            BornHost = "1.2.3.4:5",
            StoreHost = "6.7.8.9:0",
            StoreTimestamp = 7,
        },
        "producerGroup=p,topic=t,defaultTopic=d,defaultTopicQueueNums=1,queueId=2,sysFlag=3,bornTimestamp=4,flag=5,properties=x,reconsumeTimes=6,unitMode=true,"
        + "bornHost=1.2.3.4:5,storeHost=6.7.8.9:0,storeTimestamp=7");

    private static void Frozen<T>(T header, string expected)
        where T : class, IRequestHeader<T>
    {
        var fields = header.ToExtFields();
        Assert.Equal(expected, fields.ToString());
        Assert.True(RequestHeader.TryRead<T>(fields, out var read, out var problem), problem);
        Assert.Equal(header, read);
    }
}
