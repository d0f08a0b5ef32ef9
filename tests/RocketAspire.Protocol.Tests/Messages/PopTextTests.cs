using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Protocol.Tests.Messages;

/// <summary>Texts that consumers of Apache's make and read; ExtraInfoUtil and KeyBuilder of 5.3.1 are their source.</summary>
public sealed class PopTextTests
{
    [Fact]
    public void A_receipt_is_eight_words()
    {
        var receipt = new PopReceipt(100, 1_700_000_000_123, 60_000, 3, 0, "broker-a", 5, 102);
        Assert.Equal("100 1700000000123 60000 3 0 broker-a 5 102", receipt.ToString());
        Assert.Equal(receipt, PopReceipt.Parse(receipt.ToString()));
        Assert.Equal(receipt with { QueueOffset = -1 }, PopReceipt.Parse("100 1700000000123 60000 3 0 broker-a 5"));
        Assert.True(PopReceipt.Parse("0 1 2 999 0 b 0 0")!.IsOrder);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1 2 3")]
    [InlineData("x 2 3 4 0 b 0 0")]
    [InlineData("1 2 3 4 7 b 0 0")]
    [InlineData("1 2 3 -4 0 b 0 0")]
    [InlineData("1 2 3 4 0 b 99999999999 0")]
    public void What_is_no_receipt_is_told(string? text) => Assert.Null(PopReceipt.Parse(text));

    [Fact]
    public void The_texts_of_an_answer_name_topic_queue_and_offsets()
    {
        var (starts, offsets, counts) = (new StringBuilder(), new StringBuilder(), new StringBuilder());
        PopInfo.AddStartOffset(starts, "orders", 0, 10);
        PopInfo.AddStartOffset(starts, "%RETRY%g_orders", 0, 3);
        PopInfo.AddStartOffset(starts, "%RETRY%g+orders", 1, 4);
        Assert.Equal("0 0 10;1 0 3;2 1 4", starts.ToString());

        PopInfo.AddMsgOffsets(offsets, "orders", 0, [10, 11, 15]);
        PopInfo.AddMsgOffsets(offsets, "orders", 2, [7]);
        Assert.Equal("0 0 10,11,15;0 2 7", offsets.ToString());

        PopInfo.AddOrderCount(counts, "orders", 2, 7, 1);
        PopInfo.AddQueueOrderCount(counts, "orders", 2, 0);
        Assert.Equal("0 qo2%7 1;0 2 0", counts.ToString());
    }

    [Fact]
    public void Retry_topics_have_two_forms()
    {
        Assert.Equal("%RETRY%group_orders", PopTopics.Retry("orders", "group", v2: false));
        Assert.Equal("%RETRY%group+orders", PopTopics.Retry("orders", "group", v2: true));
        Assert.Equal("orders", PopTopics.Normal("%RETRY%group_orders", "group"));
        Assert.Equal("orders", PopTopics.Normal("%RETRY%group+orders", "group"));
        Assert.Equal("orders", PopTopics.Normal("orders", "group"));
        Assert.Equal("%RETRY%other_orders", PopTopics.Normal("%RETRY%other_orders", "group"));
        Assert.Equal("%RETRY%group", PopTopics.Normal("%RETRY%group", "group"));
        Assert.Equal("rmq_sys_REVIVE_LOG_DefaultCluster", PopTopics.ReviveLog("DefaultCluster"));
    }
}
