using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Tests.Headers;

public sealed class HeaderTests
{
    private static readonly SendMessageRequestHeader Send = new()
    {
        ProducerGroup = "p",
        Topic = "t",
        DefaultTopic = "TBW102",
        DefaultTopicQueueNums = 8,
        QueueId = 3,
        SysFlag = 1,
        BornTimestamp = 1_700_000_000_000,
        Flag = -5,
        Properties = "TAGS\u0001a\u0002",
        ReconsumeTimes = 2,
        UnitMode = true,
        MaxReconsumeTimes = 16,
        Batch = true,
        BrokerName = "broker-a",
    };

    [Fact]
    public void The_short_names_of_a_send_are_frozen()
    {
        Assert.Equal(
            "a=p,b=t,c=TBW102,d=8,e=3,f=1,g=1700000000000,h=-5,i=TAGS\u0001a\u0002,j=2,k=true,l=16,m=true,n=broker-a",
            Send.ToExtFieldsV2().ToString());
    }

    [Fact]
    public void The_long_names_of_a_send_are_frozen()
    {
        Assert.Equal(
            "producerGroup=p,topic=t,defaultTopic=TBW102,defaultTopicQueueNums=8,queueId=3,sysFlag=1,bornTimestamp=1700000000000,flag=-5,"
            + "properties=TAGS\u0001a\u0002,reconsumeTimes=2,unitMode=true,maxReconsumeTimes=16,batch=true,brokerName=broker-a",
            Send.ToExtFields().ToString());
    }

    [Theory]
    [InlineData(RequestCode.SendMessage)]
    [InlineData(RequestCode.SendMessageV2)]
    [InlineData(RequestCode.SendBatchMessage)]
    public void A_send_is_read_as_written(int code)
    {
        var fields = code == RequestCode.SendMessage ? Send.ToExtFields() : Send.ToExtFieldsV2();
        Assert.True(SendMessageRequestHeader.TryRead(RemotingCommand.CreateRequest(code, fields), out var read, out var problem), problem);
        Assert.Equal(Send, read);
    }

    [Fact]
    public void Optional_fields_may_be_missing()
    {
        var least = new SendMessageRequestHeader { ProducerGroup = "p", Topic = "t" };
        Assert.True(SendMessageRequestHeader.TryRead(RemotingCommand.CreateRequest(310, least.ToExtFieldsV2()), out var read, out _));
        Assert.Equal(least, read);
        Assert.Null(read.MaxReconsumeTimes);
    }

    [Fact]
    public void A_pull_is_read_as_written_and_its_names_are_frozen()
    {
        var pull = new PullMessageRequestHeader
        {
            ConsumerGroup = "g",
            Topic = "t",
            QueueId = 1,
            QueueOffset = long.MaxValue,
            MaxMsgNums = 16,
            SysFlag = PullSysFlag.Suspend | PullSysFlag.Subscription,
            CommitOffset = 7,
            SuspendTimeoutMillis = 15_000,
            Subscription = "a || b",
            SubVersion = 9,
            ExpressionType = "TAG",
        };
        Assert.Equal(
            "consumerGroup=g,topic=t,queueId=1,queueOffset=9223372036854775807,maxMsgNums=16,sysFlag=6,commitOffset=7,suspendTimeoutMillis=15000,subscription=a || b,subVersion=9,expressionType=TAG",
            pull.ToExtFields().ToString());
        Assert.Equal(pull, Read<PullMessageRequestHeader>(pull.ToExtFields()));
        Assert.True(pull.Has(PullSysFlag.Suspend));
        Assert.False(pull.Has(PullSysFlag.CommitOffset));
    }

    [Fact]
    public void Every_other_header_is_read_as_written()
    {
        Same(new SendMessageResponseHeader { MsgId = "id", QueueId = 1, QueueOffset = 2, TransactionId = "x" });
        Same(new PullMessageResponseHeader { SuggestWhichBrokerId = 1, NextBeginOffset = 2, MinOffset = 3, MaxOffset = 4 });
        Same(new ConsumerSendMsgBackRequestHeader { Offset = 1, Group = "g", DelayLevel = -1, OriginMsgId = "m", OriginTopic = "t", UnitMode = true, MaxReconsumeTimes = 3 });
        Same(new QueryConsumerOffsetRequestHeader("g", "t", 1));
        Same(new UpdateConsumerOffsetRequestHeader("g", "t", 1, 2));
        Same(new TopicQueueRequestHeader("t", 1));
        Same(new SearchOffsetRequestHeader("t", 1, 2));
        Same(new ViewMessageRequestHeader(5));
        Same(new UnregisterClientRequestHeader("c", "p", null));
        Same(new ConsumerGroupRequestHeader("g"));
        Same(new GetProducerConnectionListRequestHeader("p"));
        Same(new GetConsumeStatsRequestHeader("g", null));
        Same(new CreateTopicRequestHeader { Topic = "t", ReadQueueNums = 1, WriteQueueNums = 2, Perm = 4, TopicFilterType = "MULTI_TAG", TopicSysFlag = 1, Order = true, Attributes = "+a=b" });
        Same(new TopicRequestHeader("t"));
        Same(new DeleteSubscriptionGroupRequestHeader("g", true));
        Same(new GroupRequestHeader("g"));
    }

    [Theory]
    [InlineData("queueId", "", "header field queueId is not a number in range: ")]
    [InlineData("queueId", "1.5", "header field queueId is not a number in range: 1.5")]
    [InlineData("queueId", "99999999999", "header field queueId is not a number in range: 99999999999")]
    [InlineData("queueId", null, "header field queueId is missing")]
    public void The_first_wrong_field_is_named(string name, string? value, string expected)
    {
        var fields = new ExtFields { { "topic", "t" } };
        fields.Add(name, value);
        Assert.False(RequestHeader.TryRead<TopicQueueRequestHeader>(fields, out var header, out var problem));
        Assert.Null(header);
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void A_long_wrong_value_is_cut_in_the_remark()
    {
        var fields = new ExtFields { { "topic", "t" }, { "queueId", new string('x', 10_000) } };
        Assert.False(RequestHeader.TryRead<TopicQueueRequestHeader>(fields, out _, out var problem));
        Assert.True(problem.Length < 100);
    }

    [Theory]
    [InlineData("removeOffset")]
    [InlineData("cleanOffset")]
    public void Both_names_for_forgetting_progress_count(string name)
    {
        var fields = new ExtFields { { "groupName", "g" }, { name, "true" } };
        Assert.True(Read<DeleteSubscriptionGroupRequestHeader>(fields).CleanOffset);
    }

    private static void Same<T>(T header)
        where T : class, IRequestHeader<T> => Assert.Equal(header, Read<T>(header.ToExtFields()));

    private static T Read<T>(ExtFields fields)
        where T : class, IRequestHeader<T>
    {
        Assert.True(RequestHeader.TryRead<T>(fields, out var header, out var problem), problem);
        return header;
    }
}
