using System.Text;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Protocol.Tests.Bodies;

/// <summary>Bodies as fastjson writes them; field names from Apache's classes, 5.3.1, named at each of ours.</summary>
public sealed class PopBodyTests
{
    [Fact]
    public void A_check_point_is_written_and_read()
    {
        var body = new PopCheckPointBody { Topic = "orders", Group = "g", QueueId = 2, StartOffset = 10, Offsets = [0, 1, 5], Count = 3, PopTime = 1_700_000_000_123, InvisibleTime = 60_000, BrokerName = "broker-a" };
        Assert.Equal(
            """{"bm":0,"bn":"broker-a","c":"g","d":[0,1,5],"it":60000,"n":3,"pt":1700000000123,"q":2,"ro":0,"so":10,"t":"orders"}""",
            Encoding.UTF8.GetString(body.Encode()));
        Assert.Equivalent(body, PopCheckPointBody.Decode(body.Encode()), strict: true);
    }

    [Fact]
    public void Acknowledgements_have_a_form_for_one_and_one_for_several()
    {
        var one = new PopAckBody { Topic = "orders", Group = "g", QueueId = 2, StartOffset = 10, PopTime = 5, AckOffsets = [11], BrokerName = "b" };
        Assert.Equal("""{"ao":11,"bn":"b","c":"g","pt":5,"q":2,"so":10,"t":"orders"}""", one.ToString());
        Assert.Equal("ack", one.TagOf);
        var several = one with { AckOffsets = [10, 12] };
        Assert.Equal("""{"ao":-1,"aol":[10,12],"bn":"b","c":"g","pt":5,"q":2,"so":10,"t":"orders"}""", several.ToString());
        Assert.Equal("bAck", several.TagOf);
        Assert.Equal([11], PopAckBody.Decode(one.Encode()).AckOffsets);
        Assert.Equal([10, 12], PopAckBody.Decode(several.Encode()).AckOffsets);
    }

    [Fact]
    public void A_batch_of_acknowledgements_carries_a_Java_BitSet()
    {
        var body = new BatchAckBody("broker-a", [new("g", "orders", "0", 100, 2, 3, 1_700_000_000_123, 60_000, [100, 102, 109])]);
        // Bits 0, 2 and 9: bytes 05 02, lowest first.
        Assert.Equal(
            """{"acks":[{"b":"BQI=","c":"g","it":60000,"pt":1700000000123,"q":2,"r":"0","rq":3,"so":100,"t":"orders"}],"brokerName":"broker-a"}""",
            Encoding.UTF8.GetString(body.Encode()));
        Assert.Equivalent(body, BatchAckBody.Decode(body.Encode()), strict: true);
    }

    [Fact]
    public void A_batch_with_long_names_is_read_too()
    {
        var body = BatchAckBody.Decode("""{"brokerName":"b","acks":[{"consumerGroup":"g","topic":"t","retry":"1","startOffset":7,"queueId":1,"reviveQueueId":2,"popTime":3,"invisibleTime":4,"bitSet":"Aw=="}]}"""u8);
        Assert.Equivalent(new BatchAck("g", "t", "1", 7, 1, 2, 3, 4, [7, 8]), Assert.Single(body.Acks), strict: true);
        Assert.Empty(Assert.Single(BatchAckBody.Decode("""{"acks":[{"b":"???"}]}"""u8).Acks).Offsets);
    }

    [Fact]
    public void An_assignment_is_asked_for_and_answered()
    {
        var query = QueryAssignmentBody.Decode("""{"clientId":"c","consumerGroup":"g","messageModel":"CLUSTERING","strategyName":"AVG","topic":"t"}"""u8);
        Assert.Equal(new QueryAssignmentBody("t", "g", "c", "AVG", "CLUSTERING"), query);
        Assert.Equal(query, QueryAssignmentBody.Decode(query.Encode()));
        var answer = new QueryAssignmentAnswer([new(new MessageQueue("t", "broker-a", -1), "POP")]);
        Assert.Equal("""{"messageQueueAssignments":[{"messageQueue":{"brokerName":"broker-a","queueId":-1,"topic":"t"},"mode":"POP"}]}""", Encoding.UTF8.GetString(answer.Encode()));
        Assert.Equal(answer.Assignments, QueryAssignmentAnswer.Decode(answer.Encode()).Assignments);
        Assert.Null(QueryAssignmentAnswer.Decode(new QueryAssignmentAnswer((IReadOnlyList<QueueAssignment>?)null).Encode()).Assignments);
        Assert.Empty(QueryAssignmentAnswer.Decode(new QueryAssignmentAnswer([]).Encode()).Assignments!);
    }

    [Fact]
    public void Request_modes_are_a_map_of_maps()
    {
        MessageRequestMode[] modes = [new("t", "g", "POP", 3), new("t", "h", "PULL", 0), new("s", "g", "POP", -1)];
        var json = MessageRequestModes.Encode(modes);
        Assert.Equal(
            """{"messageRequestModeMap":{"s":{"g":{"consumerGroup":"g","mode":"POP","popShareQueueNum":-1,"topic":"s"}},"t":{"g":{"consumerGroup":"g","mode":"POP","popShareQueueNum":3,"topic":"t"},"h":{"consumerGroup":"h","mode":"PULL","popShareQueueNum":0,"topic":"t"}}}}""",
            Encoding.UTF8.GetString(json));
        Assert.Equal(modes.OrderBy(static mode => mode.Topic).ThenBy(static mode => mode.ConsumerGroup), MessageRequestModes.Decode(json));
    }
}
