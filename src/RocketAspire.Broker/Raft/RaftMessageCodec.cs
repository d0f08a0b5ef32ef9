using System.Buffers.Binary;
using System.IO.Hashing;

namespace RocketAspire.Broker.Raft;

/// <summary>Messages as bytes, with a checksum over all of them.</summary>
/// <remarks>
/// <code>
/// crc32 4 | version 1 | kind 1 | from | to | incarnation | toIncarnation | term 4 | the kind's own fields
/// </code>
/// Integers are little-endian, texts are UTF-8 behind a length of 2 bytes, lists behind a count of 4, bytes behind a
/// length of 4. The checksum is over everything behind it.
/// </remarks>
public static class RaftMessageCodec
{
    /// <summary>No message is longer: the longest record of a log, or the metadata of a base.</summary>
    public const int MaxBytes = 64 << 20;

    private const byte Version = 1;
    private const int ChecksumSize = 4;

    /// <summary>Length of the encoded message.</summary>
    /// <exception cref="ArgumentException">It would be longer than <see cref="MaxBytes"/>, or a text longer than 65,535 bytes.</exception>
    public static int Measure(RaftMessage message)
    {
        var writer = new RaftFieldWriter(default, measuring: true);
        Write(ref writer, message);
        return writer.Written <= MaxBytes - ChecksumSize ? (int)writer.Written + ChecksumSize : throw new ArgumentException($"A message of {writer.Written} bytes is longer than {MaxBytes}.", nameof(message));
    }

    /// <summary>Answers the bytes written.</summary>
    /// <exception cref="ArgumentException">The destination is too short: see <see cref="Measure"/>.</exception>
    public static int Encode(RaftMessage message, Span<byte> destination)
    {
        var length = Measure(message);
        if (destination.Length < length) throw new ArgumentException($"The message takes {length} bytes.", nameof(destination));
        destination = destination[..length];
        var writer = new RaftFieldWriter(destination[ChecksumSize..], measuring: false);
        Write(ref writer, message);
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Crc32.HashToUInt32(destination[ChecksumSize..]));
        return length;
    }

    /// <summary>Decodes a whole message; its bytes and tables are copied.</summary>
    /// <exception cref="FormatException">Too short, too long, damaged or of an unknown kind.</exception>
    public static RaftMessage Decode(ReadOnlySpan<byte> source)
    {
        if (source.Length is < ChecksumSize or > MaxBytes) throw new FormatException($"A message of {source.Length} bytes.");
        var body = source[ChecksumSize..];
        if (BinaryPrimitives.ReadUInt32LittleEndian(source) != Crc32.HashToUInt32(body)) throw new FormatException("The message doesn't match its checksum.");
        var reader = new RaftFieldReader(body);
        if (reader.Byte() is var version && version != Version) throw new FormatException($"A message of version {version}, this node speaks {Version}.");
        var kind = (Kind)reader.Byte();
        var header = new RaftHeader(reader.Text(), reader.Text(), reader.Text(), reader.Text(), reader.Term());
        var message = Read(ref reader, kind, header);
        return reader.IsAtEnd ? message : throw new FormatException("The message goes on behind its end.");
    }

    private static RaftMessage Read(ref RaftFieldReader reader, Kind kind, RaftHeader header) => kind switch
    {
        Kind.PreVote => new PreVote(header, reader.Term(), reader.Offset()),
        Kind.PreVoteAnswer => new PreVoteAnswer(header, reader.Term(), reader.Bool(), reader.Member()),
        Kind.Vote => new Vote(header, reader.Term(), reader.Offset(), reader.Bool()),
        Kind.VoteAnswer => new VoteAnswer(header, reader.Bool(), reader.Member()),
        Kind.Append => new Append(header, reader.Offset(), reader.Term(), reader.Term(), reader.Bytes(), reader.Offset(), reader.Offset()),
        Kind.AppendAnswer => new AppendAnswer(header, reader.Offset(), reader.Bool(), reader.Offset(), reader.Offset(), reader.Offset(), reader.Terms(), reader.Bool(), reader.Member()),
        Kind.Hello => new Hello(header, reader.Bool(), reader.Long(), reader.Text(), reader.Texts(), reader.Member(), reader.Record(), reader.Offset()),
        Kind.JoinConfirm => new JoinConfirm(header, reader.Offset()),
        Kind.TimeoutNow => new TimeoutNow(header),
        Kind.InstallBase => new InstallBase(header, reader.Offset(), reader.Terms(), reader.Bytes(), reader.Offset()),
        _ => throw new FormatException($"A message of the unknown kind {(int)kind}."),
    };

    private static void Write(ref RaftFieldWriter writer, RaftMessage message)
    {
        writer.Byte(Version);
        writer.Byte((byte)KindOf(message));
        var header = message.Header;
        writer.Text(header.From);
        writer.Text(header.To);
        writer.Text(header.Incarnation);
        writer.Text(header.ToIncarnation);
        writer.Int(header.Term);
        switch (message)
        {
            case PreVote m: writer.Int(m.LastTerm); writer.Long(m.LastOffset); break;
            case PreVoteAnswer m: writer.Int(m.NextTerm); writer.Bool(m.Granted); writer.Byte((byte)m.Member); break;
            case Vote m: writer.Int(m.LastTerm); writer.Long(m.LastOffset); writer.Bool(m.Transfer); break;
            case VoteAnswer m: writer.Bool(m.Granted); writer.Byte((byte)m.Member); break;
            case Append m: WriteAppend(ref writer, m); break;
            case AppendAnswer m: WriteAnswer(ref writer, m); break;
            case Hello m: WriteHello(ref writer, m); break;
            case JoinConfirm m: writer.Long(m.Barrier); break;
            case InstallBase m: writer.Long(m.Start); writer.Terms(m.Terms); writer.Bytes(m.Tables.Span); writer.Long(m.Sequence); break;
        }
    }

    private static void WriteAppend(ref RaftFieldWriter writer, Append m)
    {
        writer.Long(m.PrevOffset);
        writer.Int(m.PrevTerm);
        writer.Int(m.EntryTerm);
        writer.Bytes(m.Bytes.Span);
        writer.Long(m.Commit);
        writer.Long(m.Sequence);
    }

    private static void WriteAnswer(ref RaftFieldWriter writer, AppendAnswer m)
    {
        writer.Long(m.Sequence);
        writer.Bool(m.Rejected);
        writer.Long(m.Match);
        writer.Long(m.Verified);
        writer.Long(m.End);
        writer.Terms(m.Terms);
        writer.Bool(m.TermsCut);
        writer.Byte((byte)m.Member);
    }

    private static void WriteHello(ref RaftFieldWriter writer, Hello m)
    {
        writer.Bool(m.IsAnswer);
        writer.Long(m.Round);
        writer.Text(m.Group);
        writer.Texts(m.PeerIds);
        writer.Byte((byte)m.Member);
        writer.Record(m.Record);
        writer.Long(m.End);
    }

    private static Kind KindOf(RaftMessage message) => message switch
    {
        PreVote => Kind.PreVote,
        PreVoteAnswer => Kind.PreVoteAnswer,
        Vote => Kind.Vote,
        VoteAnswer => Kind.VoteAnswer,
        Append => Kind.Append,
        AppendAnswer => Kind.AppendAnswer,
        Hello => Kind.Hello,
        JoinConfirm => Kind.JoinConfirm,
        TimeoutNow => Kind.TimeoutNow,
        InstallBase => Kind.InstallBase,
        _ => throw new ArgumentException($"{message.GetType().Name} has no kind.", nameof(message)),
    };

    private enum Kind : byte
    {
        PreVote = 1,
        PreVoteAnswer = 2,
        Vote = 3,
        VoteAnswer = 4,
        Append = 5,
        AppendAnswer = 6,
        Hello = 7,
        JoinConfirm = 8,
        TimeoutNow = 9,
        InstallBase = 10,
    }
}
