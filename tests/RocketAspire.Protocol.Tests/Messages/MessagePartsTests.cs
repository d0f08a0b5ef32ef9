using System.Net;
using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Protocol.Tests.Messages;

public sealed class MessagePartsTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("TagA", 2598919)]
    [InlineData("hello", 99162322)]
    [InlineData("polygenelubricants", int.MinValue)]
    [InlineData("标签", 857175)]
    public void A_tag_has_the_hash_that_Java_gives_it(string tag, int expected)
    {
        Assert.Equal(expected, JavaString.HashCode(tag));
        for (var split = 0; split <= tag.Length; split++) Assert.Equal(expected, JavaString.Continue(JavaString.HashCode(tag[..split]), tag.AsSpan(split)));
    }

    [Fact]
    public void Properties_are_found_with_or_without_the_last_separator()
    {
        foreach (var text in (string[])["KEYS\u0001k1 k2\u0002TAGS\u0001标签", "KEYS\u0001k1 k2\u0002TAGS\u0001标签\u0002"])
        {
            var encoded = Encoding.UTF8.GetBytes(text);
            Assert.Equal("k1 k2", MessageProperties.Get(encoded, MessageProperties.Keys));
            Assert.Equal("标签", MessageProperties.Get(encoded, MessageProperties.Tags));
            Assert.Null(MessageProperties.Get(encoded, "KEY"));
            Assert.Equal(["KEYS", "TAGS"], MessageProperties.Parse(encoded).Keys);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\u0002\u0002")]
    [InlineData("NOVALUE\u0001\u0002\u0001noname\u0002plain")]
    public void Properties_without_name_or_value_do_not_count(string text) => Assert.Empty(MessageProperties.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Properties_cut_at_any_byte_never_throw()
    {
        var encoded = Encoding.UTF8.GetBytes("KEYS\u0001k\u0002TAGS\u0001标签\u0002WAIT\u0001true");
        for (var length = 0; length <= encoded.Length; length++)
        {
            var properties = MessageProperties.Parse(encoded.AsSpan(0, length));
            Assert.Equal(length >= 6, properties.ContainsKey("KEYS"));
        }
    }

    [Fact]
    public void A_property_is_set_added_and_taken_away_in_place()
    {
        var encoded = MessageProperties.Encode([new("A", "1"), new("B", "2"), new("C", "3")]);

        Assert.Equal("A\u00011\u0002B\u0001x\u0002C\u00013", Encoding.UTF8.GetString(MessageProperties.With(encoded, "B", "x")));
        Assert.Equal("A\u00011\u0002B\u00012\u0002C\u00013\u0002D\u00014", Encoding.UTF8.GetString(MessageProperties.With(encoded, "D", "4")));
        Assert.Equal("A\u00011\u0002C\u00013", Encoding.UTF8.GetString(MessageProperties.Without(encoded, "B")));
        Assert.Equal("B\u00012", Encoding.UTF8.GetString(MessageProperties.With([], "B", "2")));
        Assert.Empty(MessageProperties.Without("A\u00011"u8, "A"));
    }

    [Theory]
    [InlineData("127.0.0.1:10911", 1000L, "7F00000100002A9F00000000000003E8")]
    [InlineData("[2001:db8::1]:10911", long.MaxValue, "20010DB800000000000000000000000100002A9F7FFFFFFFFFFFFFFF")]
    public void A_message_id_is_hex_of_host_and_offset(string host, long offset, string id)
    {
        Assert.Equal(id, MessageId.Create(IPEndPoint.Parse(host), offset));
        Assert.True(MessageId.TryParse(id, out var parsedHost, out var parsedOffset));
        Assert.Equal((IPEndPoint.Parse(host), offset), (parsedHost, parsedOffset));
        Assert.True(MessageId.TryParse(id.ToLowerInvariant(), out _, out _));
        for (var length = 0; length < id.Length; length++) Assert.False(MessageId.TryParse(id[..length], out _, out _) && length != 32, $"cut at {length}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("7F00000100002A9F00000000000003EG")]
    [InlineData("7F00000100012A9F00000000000003E8")]
    [InlineData("7F00000100002A9FF0000000000003E8")]
    public void What_is_no_message_id_is_refused(string id) => Assert.False(MessageId.TryParse(id, out _, out _));

    [Fact]
    public void A_batch_has_these_bytes_and_reads_back()
    {
        var batch = BatchMessageCodec.Encode([new BatchMessage(5, "hi"u8.ToArray(), "A\u00011"u8.ToArray()), new BatchMessage(0, "x"u8.ToArray(), default)]);

        Assert.Equal(
            "0000001B" + "00000000" + "00000000" + "00000005" + "00000002" + "6869" + "0003" + "410131"
            + "00000017" + "00000000" + "00000000" + "00000000" + "00000001" + "78" + "0000",
            Convert.ToHexString(batch));
        Assert.True(BatchMessageCodec.TryDecode(batch, 10, out var messages));
        Assert.Equal([5, 0], messages.Select(m => m.Flag));
        Assert.Equal(["hi", "x"], messages.Select(m => Encoding.UTF8.GetString(m.Body.Span)));
        Assert.Equal("1", MessageProperties.Get(messages[0].Properties.Span, "A"));
        Assert.False(BatchMessageCodec.TryDecode(batch, 1, out _));
    }

    [Fact]
    public void A_batch_cut_at_any_byte_but_between_messages_is_refused()
    {
        var batch = BatchMessageCodec.Encode([new BatchMessage(5, "hi"u8.ToArray(), "A\u00011"u8.ToArray()), new BatchMessage(0, "x"u8.ToArray(), default)]);
        for (var length = 0; length < batch.Length; length++) Assert.Equal(length == 27, BatchMessageCodec.TryDecode(batch.AsMemory(0, length), 10, out _));
    }

    [Theory]
    [InlineData("TopicTest", null)]
    [InlineData("%RETRY%group-1_a|b", null)]
    [InlineData("", "blank")]
    [InlineData("  ", "blank")]
    [InlineData(null, "blank")]
    [InlineData("a.b", "illegal")]
    [InlineData("../x", "illegal")]
    [InlineData("主题", "illegal")]
    public void Topic_and_group_names_are_judged_as_Apache_does(string? name, string? why)
    {
        foreach (var reason in (string?[])[TopicNames.WhyInvalidTopic(name), TopicNames.WhyInvalidGroup(name)])
        {
            if (why is null) Assert.Null(reason);
            else Assert.Contains(why, reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Topics_end_at_127_characters_and_groups_at_255()
    {
        Assert.Null(TopicNames.WhyInvalidTopic(new string('a', 127)));
        Assert.NotNull(TopicNames.WhyInvalidTopic(new string('a', 128)));
        Assert.Null(TopicNames.WhyInvalidGroup(new string('a', 255)));
        Assert.NotNull(TopicNames.WhyInvalidGroup(new string('a', 256)));
    }

    [Fact]
    public void System_topics_are_known()
    {
        Assert.All(["TBW102", "SCHEDULE_TOPIC_XXXX", "SELF_TEST_TOPIC", "BenchmarkTest", "RocketAspireProbe", "RMQ_SYS_ROCKETASPIRE_TERM", "RMQ_SYS_ROCKETASPIRE_META", "rmq_sys_x"], t => Assert.True(TopicNames.IsSystem(t)));
        Assert.False(TopicNames.IsSystem("TopicTest"));
        Assert.True(TopicNames.IsSendForbidden("SELF_TEST_TOPIC"));
        Assert.False(TopicNames.IsSendForbidden("TBW102"));
        Assert.Equal(("%RETRY%g", "%DLQ%g"), (TopicNames.Retry("g"), TopicNames.Dlq("g")));
    }
}
