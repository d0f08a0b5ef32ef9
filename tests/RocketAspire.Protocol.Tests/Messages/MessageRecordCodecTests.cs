using System.Net;
using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Protocol.Tests.Messages;

public sealed class MessageRecordCodecTests
{
    // Written by hand from the documented layout; the CRC-32 of "hello" is 3610A686.
    private const string GoldenV4 =
        "00000070" + "DAA320A7" + "3610A686" + "00000003" + "00000007" // totalSize 112, magic, crc, queueId, flag
        + "0000000000000005" + "00000000000003E8" + "00000000" + "000001950000ABCD" // queueOffset, physicalOffset, sysFlag, born
        + "0A000001" + "00002A9F" // 10.0.0.1:10911
        + "000001950000ABCE" + "7F000001" + "00002AA0" // store time, 127.0.0.1:10912
        + "00000002" + "0000000000000009" // reconsumeTimes, prepared offset
        + "00000005" + "68656C6C6F" // body
        + "04" + "54657374" // topic
        + "000C" + "544147530154616741024B01"; // 12 bytes of properties

    [Fact]
    public void A_record_with_IPv4_hosts_has_these_bytes()
    {
        var record = Sample(IPAddress.Parse("10.0.0.1"), IPAddress.Loopback, properties: Hex("544147530154616741024B01"));

        var bytes = Encode(record);

        Assert.Equal(GoldenV4, Convert.ToHexString(bytes));
        Assert.Equal(112, record.TotalSize);
    }

    [Fact]
    public void A_record_with_IPv6_hosts_has_these_bytes()
    {
        var record = Sample(IPAddress.Parse("2001:db8::1"), IPAddress.IPv6Loopback, properties: []);

        var bytes = Encode(record);

        Assert.Equal(
            "0000007C" + "DAA320A7" + "3610A686" + "00000003" + "00000007"
            + "0000000000000005" + "00000000000003E8" + "00000030" + "000001950000ABCD"
            + "20010DB8000000000000000000000001" + "00002A9F"
            + "000001950000ABCE" + "00000000000000000000000000000001" + "00002AA0"
            + "00000002" + "0000000000000009"
            + "00000005" + "68656C6C6F" + "04" + "54657374" + "0000",
            Convert.ToHexString(bytes));
        Assert.Equal(MessageSysFlag.BornHostV6 | MessageSysFlag.StoreHostV6, record.SysFlag);
        AssertSame(record, Decode(bytes));
    }

    [Fact]
    public void A_topic_over_127_bytes_takes_the_second_version()
    {
        var record = Sample(IPAddress.Loopback, IPAddress.Loopback, topic: new string('t', 128));

        var bytes = Encode(record);

        Assert.Equal("DAA320AB", Convert.ToHexString(bytes.AsSpan(4, 4)));
        Assert.Equal("0080", Convert.ToHexString(bytes.AsSpan(93, 2)));
        Assert.Equal(91 + 5 + 1 + 128, bytes.Length);
        AssertSame(record, Decode(bytes));
    }

    [Fact]
    public void An_address_of_IPv4_inside_IPv6_is_written_as_IPv4()
    {
        var record = Sample(IPAddress.Parse("::ffff:10.0.0.1"), IPAddress.Loopback);

        var decoded = Decode(Encode(record));

        Assert.Equal(IPEndPoint.Parse("10.0.0.1:10911"), decoded.BornHost);
        Assert.Equal(0, decoded.SysFlag);
    }

    [Theory]
    [InlineData("10.0.0.1", "127.0.0.1", "Test")]
    [InlineData("2001:db8::1", "127.0.0.1", "Test")]
    [InlineData("10.0.0.1", "::1", "%RETRY%group")]
    public void A_record_cut_at_any_byte_is_not_taken_for_whole(string born, string store, string topic)
    {
        var record = Sample(IPAddress.Parse(born), IPAddress.Parse(store), topic, Encoding.UTF8.GetBytes("KEYS\u0001a b\u0002TAGS\u0001x"));
        var bytes = Encode(record);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(MessageRecordCodec.TryDecode(bytes.AsSpan(0, length), out _), $"cut at {length}");
            var status = MessageRecordView.Read(bytes.AsSpan(0, length), 1 << 20, out var size, out _);
            Assert.Equal(RecordStatus.Incomplete, status);
            Assert.Equal(length < 4 ? 0 : bytes.Length, size);
        }

        AssertSame(record, Decode([.. bytes, 1, 2, 3]));
    }

    [Fact]
    public void A_flipped_bit_anywhere_never_throws_and_in_the_body_is_always_seen()
    {
        var bytes = Encode(Sample(IPAddress.Loopback, IPAddress.Loopback, properties: Hex("544147530154616741")));
        var bodyAt = 91 - 3;
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            var taken = MessageRecordCodec.TryDecode(damaged, out _);
            if (bit / 8 >= bodyAt && bit / 8 < bodyAt + 5) Assert.False(taken, $"bit {bit}");
        }

        damagedWithoutCheck();

        void damagedWithoutCheck()
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bodyAt] ^= 1;
            Assert.True(MessageRecordCodec.TryDecode(damaged, out var record, checkCrc: false));
            Assert.Equal(0x3610A686, record!.BodyCrc);
        }
    }

    [Fact]
    public void A_blank_record_is_told_apart_by_its_head()
    {
        var head = Hex("00001000" + "CBD43194");

        Assert.Equal(RecordStatus.Blank, MessageRecordView.Read(head, 100, out var size, out _));
        Assert.Equal(4096, size);
        Assert.Equal(RecordStatus.Broken, MessageRecordView.Read(Hex("00000007" + "CBD43194"), 100, out _, out _));
        Assert.Equal(RecordStatus.Broken, MessageRecordView.Read(new byte[200], 100, out _, out _));
    }

    [Fact]
    public void A_size_beyond_the_limit_asks_for_no_memory()
    {
        var head = Hex("7FFFFFFF" + "DAA320A7");

        Assert.Equal(RecordStatus.Broken, MessageRecordView.Read(head, 4 << 20, out _, out _));
    }

    [Fact]
    public void An_answer_of_several_records_is_read_in_order()
    {
        var first = Encode(Sample(IPAddress.Loopback, IPAddress.Loopback));
        var second = Encode(Sample(IPAddress.IPv6Loopback, IPAddress.Loopback, "Other"));

        var records = MessageRecordCodec.DecodeAll((byte[])[.. first, .. second, .. first.AsSpan(0, 50)]);

        Assert.Equal(["Test", "Other"], records.Select(r => r.Topic));
    }

    [Fact]
    public void What_cannot_be_encoded_is_refused()
    {
        var tooLong = Sample(IPAddress.Loopback, IPAddress.Loopback, properties: new byte[32768]);

        Assert.Throws<ArgumentException>(() => Encode(tooLong));
        Assert.Throws<ArgumentException>(() => MessageRecordCodec.Encode(Sample(IPAddress.Loopback, IPAddress.Loopback), new byte[50]));
    }

    internal static MessageRecord Sample(IPAddress born, IPAddress store, string topic = "Test", byte[]? properties = null) => new()
    {
        Topic = topic,
        QueueId = 3,
        Flag = 7,
        QueueOffset = 5,
        PhysicalOffset = 1000,
        BornTimestamp = 0x000001950000ABCD,
        BornHost = new IPEndPoint(born, 10911),
        StoreTimestamp = 0x000001950000ABCE,
        StoreHost = new IPEndPoint(store, 10912),
        ReconsumeTimes = 2,
        PreparedTransactionOffset = 9,
        Body = "hello"u8.ToArray(),
        Properties = properties ?? [],
    };

    private static byte[] Encode(MessageRecord record)
    {
        var bytes = new byte[MessageRecordCodec.Measure(record)];
        Assert.Equal(bytes.Length, MessageRecordCodec.Encode(record, bytes));
        return bytes;
    }

    private static MessageRecord Decode(byte[] bytes)
    {
        Assert.True(MessageRecordCodec.TryDecode(bytes, out var record));
        return record!;
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex);

    private static void AssertSame(MessageRecord expected, MessageRecord actual)
    {
        Assert.Equal(
            (expected.Topic, expected.QueueId, expected.Flag, expected.QueueOffset, expected.PhysicalOffset, expected.SysFlag, expected.BornTimestamp, expected.BornHost),
            (actual.Topic, actual.QueueId, actual.Flag, actual.QueueOffset, actual.PhysicalOffset, actual.SysFlag, actual.BornTimestamp, actual.BornHost));
        Assert.Equal(
            (expected.StoreTimestamp, expected.StoreHost, expected.ReconsumeTimes, expected.PreparedTransactionOffset, expected.TotalSize),
            (actual.StoreTimestamp, actual.StoreHost, actual.ReconsumeTimes, actual.PreparedTransactionOffset, actual.TotalSize));
        Assert.Equal(expected.Body.ToArray(), actual.Body.ToArray());
        Assert.Equal(expected.Properties.ToArray(), actual.Properties.ToArray());
    }
}
