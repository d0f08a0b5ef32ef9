using System.Buffers;
using System.Text;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Tests.Remoting;

public sealed class RemotingFrameTests
{
    private static readonly RemotingCommand Sample = new()
    {
        Code = RequestCode.SendMessageV2,
        Language = LanguageCode.Java,
        Version = 409,
        Opaque = 7,
        Flag = 0,
        Remark = "wörd\n",
        ExtFields = new() { { "b", "TopicA" }, { "e", 3L }, { "i", "KEYS\u0001k\u0002" }, { "unheard of", "é" } },
        Body = "body"u8.ToArray(),
    };

    [Theory]
    [InlineData(SerializeType.Json)]
    [InlineData(SerializeType.RocketMQ)]
    public void A_frame_split_at_every_byte_is_read_once_whole(SerializeType type)
    {
        var bytes = Bytes.Encode(Copy(Sample, type));
        for (var length = 0; length < bytes.Length; length++)
        {
            var part = new ReadOnlySequence<byte>(bytes, 0, length);
            Assert.False(RemotingFrame.TryRead(ref part, out var none));
            Assert.Null(none);
            Assert.Equal(length, part.Length);
        }

        for (var at = 0; at <= bytes.Length; at++)
        {
            var whole = Bytes.Split(bytes, at);
            Assert.True(RemotingFrame.TryRead(ref whole, out var command));
            AssertSame(Copy(Sample, type), command);
            Assert.True(whole.IsEmpty);
        }
    }

    [Fact]
    public void A_frame_in_segments_of_one_byte_is_read()
    {
        var bytes = Bytes.Encode(Sample);

        var whole = Bytes.Split(bytes, [.. Enumerable.Range(1, bytes.Length - 1)]);

        Assert.True(RemotingFrame.TryRead(ref whole, out var command));
        AssertSame(Sample, command);
    }

    [Fact]
    public void Frames_come_out_one_after_the_other()
    {
        var buffer = new ReadOnlySequence<byte>([.. Bytes.Encode(new() { Opaque = 1 }), .. Bytes.Encode(new() { Opaque = 2, SerializeType = SerializeType.RocketMQ }), 0, 0]);

        Assert.True(RemotingFrame.TryRead(ref buffer, out var first));
        Assert.True(RemotingFrame.TryRead(ref buffer, out var second));
        Assert.False(RemotingFrame.TryRead(ref buffer, out _));
        Assert.Equal((1, 2, 2L), (first.Opaque, second.Opaque, buffer.Length));
    }

    [Fact]
    public void The_body_outlives_the_buffer_it_came_in()
    {
        var bytes = Bytes.Encode(Sample);
        var command = Bytes.Decode(bytes);

        bytes.AsSpan().Clear();

        Assert.Equal("body", Encoding.UTF8.GetString(command.Body.Span));
    }

    [Theory]
    [InlineData("00000003")]
    [InlineData("00000000")]
    [InlineData("FFFFFFFF")]
    [InlineData("80000000")]
    [InlineData("01000001")]
    [InlineData("00000008" + "00000005")]
    [InlineData("00000004" + "00FFFFFF")]
    public void Lengths_out_of_bounds_are_told_as_soon_as_they_are_seen(string hex)
    {
        var bytes = Convert.FromHexString(hex);

        Assert.Throws<RemotingFrameException>(() =>
        {
            var buffer = new ReadOnlySequence<byte>(bytes);
            RemotingFrame.TryRead(ref buffer, out _);
        });
    }

    [Fact]
    public void The_largest_and_the_smallest_length_are_allowed()
    {
        var largest = new ReadOnlySequence<byte>(Convert.FromHexString("01000000" + "00000004"));
        var smallest = new ReadOnlySequence<byte>(Convert.FromHexString("00000004" + "00000000"));

        Assert.False(RemotingFrame.TryRead(ref largest, out _));
        Assert.Throws<RemotingHeaderException>(() => RemotingFrame.TryRead(ref smallest, out _));
        Assert.True(smallest.IsEmpty);
    }

    [Fact]
    public void A_claim_of_16_MiB_allocates_nothing_before_the_bytes_are_there()
    {
        var claim = Convert.FromHexString("01000000" + "00000010" + "7B22");
        Read();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Read();

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1024);

        void Read()
        {
            var buffer = new ReadOnlySequence<byte>(claim);
            Assert.False(RemotingFrame.TryRead(ref buffer, out _));
        }
    }

    [Theory]
    [InlineData((byte)0, "")]
    [InlineData((byte)0, "[]")]
    [InlineData((byte)0, "{\"code\":")]
    [InlineData((byte)0, "{\"code\":\"x\"}")]
    [InlineData((byte)0, "{\"extFields\":[1]}")]
    [InlineData((byte)2, "{}")]
    [InlineData((byte)255, "{}")]
    [InlineData((byte)1, "short")]
    public void A_bad_header_is_skipped_and_the_next_frame_is_read(byte type, string header)
    {
        var buffer = new ReadOnlySequence<byte>([.. Bytes.Frame(type, Encoding.ASCII.GetBytes(header), 1, 2, 3), .. Bytes.Encode(new() { Opaque = 9 })]);

        Assert.Throws<RemotingHeaderException>(() => RemotingFrame.TryRead(ref buffer, out _));
        Assert.True(RemotingFrame.TryRead(ref buffer, out var next));
        Assert.Equal(9, next.Opaque);
    }

    [Fact]
    public void A_bad_header_is_answered_to_its_opaque_where_that_is_known()
    {
        var known = Assert.Throws<RemotingHeaderException>(() => Bytes.Decode(Bytes.Frame(0, """{"opaque":5,"code":true}"""u8.ToArray())));
        var unknown = Assert.Throws<RemotingHeaderException>(() => Bytes.Decode(Bytes.Frame(0, """{"code":true,"opaque":5}"""u8.ToArray())));
        var oneway = Assert.Throws<RemotingHeaderException>(() => Bytes.Decode(Bytes.Frame(0, """{"flag":2,"code":true}"""u8.ToArray())));

        Assert.Equal((5, ResponseCode.SystemError, true), (known.CreateResponse()!.Opaque, known.CreateResponse()!.Code, known.CreateResponse()!.IsResponse));
        Assert.Equal(-1, unknown.CreateResponse()!.Opaque);
        Assert.Null(oneway.CreateResponse());
    }

    [Fact]
    public void A_command_too_large_is_refused_and_nothing_is_written()
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new RemotingFrameWriter();

        Assert.Throws<RemotingFrameException>(() => writer.Write(buffer, new() { Body = new byte[RemotingFrame.MaxLength] }));
        Assert.Equal(0, buffer.WrittenCount);
        writer.Write(buffer, new() { Opaque = 3 });
        Assert.Equal(3, Bytes.Decode(buffer.WrittenSpan.ToArray()).Opaque);
    }

    [Fact]
    public void Random_commands_survive_the_way_there_and_back()
    {
        const int Seed = 4711;
        var random = new Random(Seed);
        var writer = new RemotingFrameWriter();
        for (var i = 0; i < 2_000; i++)
        {
            var command = RandomCommand(random);
            var buffer = new ArrayBufferWriter<byte>();
            writer.Write(buffer, command);
            AssertSame(command, Bytes.Decode(buffer.WrittenSpan.ToArray()));
        }
    }

    [Fact]
    public void Hostile_bytes_end_in_a_command_a_refusal_or_a_wait_and_nothing_else()
    {
        const int Seed = 20_260_302;
        var random = new Random(Seed);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = Bytes.Encode(RandomCommand(random));
            switch (random.Next(3))
            {
                case 0:
                    random.NextBytes(bytes);
                    break;
                case 1:
                    for (var n = random.Next(1, 10); n > 0; n--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                    break;
                default:
                    bytes = bytes[..random.Next(bytes.Length)];
                    break;
            }

            var buffer = new ReadOnlySequence<byte>(bytes);
            try
            {
                while (RemotingFrame.TryRead(ref buffer, out _))
                {
                }
            }
            catch (Exception e) when (e is RemotingFrameException or RemotingHeaderException)
            {
                // What it should be.
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {Seed}, frame {i} {Convert.ToHexString(bytes)}: {e}");
            }
        }
    }

    private static RemotingCommand RandomCommand(Random random)
    {
        var fields = new ExtFields();
        for (var n = random.Next(6); n > 0; n--) fields.Add("k" + random.Next(100), Text(random));
        var body = new byte[random.Next(100)];
        random.NextBytes(body);
        return new RemotingCommand
        {
            Code = random.Next(short.MaxValue),
            Language = (LanguageCode)random.Next(14),
            Version = random.Next(short.MaxValue),
            Opaque = random.Next(int.MinValue, int.MaxValue),
            Flag = random.Next(4),
            Remark = random.Next(2) == 0 ? null : "r" + Text(random),
            ExtFields = fields,
            SerializeType = (SerializeType)random.Next(2),
            Body = body,
        };
    }

    private static string Text(Random random)
    {
        var text = new StringBuilder();
        for (var n = random.Next(12); n > 0; n--) text.Append(new Rune(random.Next(4) == 0 ? random.Next(0x1F300, 0x1F600) : random.Next(0, 0xD7FF)));
        return text.ToString();
    }

    private static RemotingCommand Copy(RemotingCommand from, SerializeType type) => new()
    {
        Code = from.Code,
        Language = from.Language,
        Version = from.Version,
        Opaque = from.Opaque,
        Flag = from.Flag,
        Remark = from.Remark,
        ExtFields = from.ExtFields,
        Body = from.Body,
        SerializeType = type,
    };

    private static void AssertSame(RemotingCommand expected, RemotingCommand actual)
    {
        Assert.Equal(
            (expected.Code, expected.Language, expected.Version, expected.Opaque, expected.Flag, expected.Remark, expected.SerializeType),
            (actual.Code, actual.Language, actual.Version, actual.Opaque, actual.Flag, actual.Remark, actual.SerializeType));
        Assert.Equal(expected.ExtFields, actual.ExtFields);
        Assert.True(expected.Body.Span.SequenceEqual(actual.Body.Span));
    }
}
