using System.Buffers.Binary;
using System.IO.Hashing;
using RocketAspire.Broker.Raft;
using RocketAspire.Store;

namespace RocketAspire.Broker.Tests.Raft;

public sealed class RaftMessageCodecTests
{
    private static readonly RaftHeader Header = new("n0", "n2", "aa01", "bb02", 7);

    private static readonly GroupRecord Record = new(1, new Dictionary<string, string> { ["n0"] = "aa01", ["n1"] = "cc03" });

    private static readonly RaftMessage[] Messages =
    [
        new PreVote(Header, 6, 1L << 40),
        new PreVoteAnswer(Header, 8, true, MemberState.Voter),
        new Vote(Header, 6, 123, true),
        new VoteAnswer(Header, false, MemberState.Suspect),
        new Append(Header, 100, 6, 7, "records"u8.ToArray(), 90, 12345),
        new Append(Header, 100, 6, 0, default, 100, 12346),
        new AppendAnswer(Header, 12345, true, 90, 95, 107, [new TermEntry(3, 0), new TermEntry(6, 50)], true, MemberState.Voter),
        new Hello(Header, true, -5, "broker-a", ["n0", "n1", "n2"], MemberState.Learner, Record, 4096),
        new Hello(Header with { ToIncarnation = "" }, false, 1, "größe", ["n0"], MemberState.Blank, null, 0),
        new JoinConfirm(Header, 777),
        new TimeoutNow(Header),
        new InstallBase(Header, 1 << 30, [new TermEntry(2, 0)], new byte[] { 1, 2, 3 }, 9),
    ];

    public static TheoryData<int> All => [.. Enumerable.Range(0, Messages.Length)];

    [Theory]
    [MemberData(nameof(All))]
    public void A_message_comes_back_as_it_was(int index)
    {
        var bytes = Encode(Messages[index]);
        var decoded = RaftMessageCodec.Decode(bytes);
        Assert.IsType(Messages[index].GetType(), decoded);
        Assert.Equal(Messages[index].Header, decoded.Header);
        Assert.Equal(bytes, Encode(decoded));
    }

    [Fact]
    public void Each_field_comes_back()
    {
        var append = Assert.IsType<Append>(Decoded(Messages[4]));
        Assert.Equal((100, 6, 7, 90, 12345), (append.PrevOffset, append.PrevTerm, append.EntryTerm, append.Commit, append.Sequence));
        Assert.Equal("records"u8, append.Bytes.Span);
        var answer = Assert.IsType<AppendAnswer>(Decoded(Messages[6]));
        Assert.Equal((12345, true, 90, 95, 107, true, MemberState.Voter), (answer.Sequence, answer.Rejected, answer.Match, answer.Verified, answer.End, answer.TermsCut, answer.Member));
        Assert.Equal([new TermEntry(3, 0), new TermEntry(6, 50)], answer.Terms);
        var hello = Assert.IsType<Hello>(Decoded(Messages[7]));
        Assert.Equal((true, -5, "broker-a", MemberState.Learner, 4096), (hello.IsAnswer, hello.Round, hello.Group, hello.Member, hello.End));
        Assert.Equal(["n0", "n1", "n2"], hello.PeerIds);
        Assert.Equal(1, hello.Record!.Number);
        Assert.Equal(Record.Incarnations, hello.Record.Incarnations);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_message_cut_anywhere_is_refused(int index)
    {
        var bytes = Encode(Messages[index]);
        for (var length = 0; length < bytes.Length; length++) Assert.Throws<FormatException>(() => RaftMessageCodec.Decode(bytes.AsSpan(0, length)));
        Assert.Throws<FormatException>(() => RaftMessageCodec.Decode([.. bytes, 0]));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_flipped_bit_anywhere_is_refused(int index)
    {
        var bytes = Encode(Messages[index]);
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<FormatException>(() => RaftMessageCodec.Decode(bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    // Whatever the sender's code does wrong: with a good checksum each length is still checked before anything is allocated.
    [Theory]
    [MemberData(nameof(All))]
    public void A_wrong_byte_behind_a_good_checksum_is_refused_or_read_but_never_breaks(int index)
    {
        var bytes = Encode(Messages[index]);
        byte[] values = [0x00, 0x01, 0x7F, 0x80, 0xFF];
        for (var at = 4; at < bytes.Length; at++)
        {
            foreach (var value in values)
            {
                var wrong = bytes.ToArray();
                wrong[at] = value;
                Seal(wrong);
                try
                {
                    RaftMessageCodec.Decode(wrong);
                }
                catch (FormatException)
                {
                    // Told apart from any other exception, and from an allocation of 2 GiB.
                }
            }

            var cut = bytes[..at];
            Seal(cut);
            Assert.Throws<FormatException>(() => RaftMessageCodec.Decode(cut));
        }
    }

    [Fact]
    public void Negative_terms_and_offsets_are_refused()
    {
        Assert.Throws<FormatException>(() => Decoded(new JoinConfirm(Header, -1)));
        Assert.Throws<FormatException>(() => Decoded(new TimeoutNow(Header with { Term = -1 })));
        Assert.Throws<FormatException>(() => Decoded(new Append(Header, 0, 0, 0, default, 0, -1)));
        Assert.Throws<FormatException>(() => Decoded(new InstallBase(Header, 0, [new TermEntry(1, -1)], default, 0)));
    }

    [Fact]
    public void An_unknown_kind_or_version_is_refused()
    {
        var bytes = Encode(Messages[0]);
        bytes[4] = 2;
        Seal(bytes);
        Assert.Contains("version 2", Assert.Throws<FormatException>(() => RaftMessageCodec.Decode(bytes)).Message, StringComparison.Ordinal);
        bytes = Encode(Messages[0]);
        bytes[5] = 99;
        Seal(bytes);
        Assert.Contains("kind 99", Assert.Throws<FormatException>(() => RaftMessageCodec.Decode(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_bytes_of_a_message_stay_as_they_are()
    {
        Assert.Equal(
            "8F19AFBE" + "01" + "05" + "02006E30" + "02006E32" + "040061613031" + "040062623032" + "07000000" +
            "6400000000000000" + "06000000" + "07000000" + "07000000" + "7265636F726473" + "5A00000000000000" + "3930000000000000",
            Convert.ToHexString(Encode(Messages[4])));
        Assert.Equal<byte>([1, 2, 3, 4, 5, 5, 6, 7, 7, 8, 9, 10], Messages.Select(message => Encode(message)[5]));
    }

    [Fact]
    public void A_message_that_is_too_long_is_not_encoded() =>
        Assert.Throws<ArgumentException>(() => RaftMessageCodec.Measure(new Append(Header, 0, 0, 1, new byte[RaftMessageCodec.MaxBytes], 0, 1)));

    private static RaftMessage Decoded(RaftMessage message) => RaftMessageCodec.Decode(Encode(message));

    private static byte[] Encode(RaftMessage message)
    {
        var bytes = new byte[RaftMessageCodec.Measure(message)];
        Assert.Equal(bytes.Length, RaftMessageCodec.Encode(message, bytes));
        return bytes;
    }

    private static void Seal(byte[] bytes)
    {
        if (bytes.Length >= 4) BinaryPrimitives.WriteUInt32LittleEndian(bytes, Crc32.HashToUInt32(bytes.AsSpan(4)));
    }
}
