using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using RocketAspire.Broker.Ha;

namespace RocketAspire.Broker.Raft.Metadata;

/// <summary>All tables at one position of the internal topic: what a base transfer carries, and what a node keeps on its disk.</summary>
/// <param name="Next">Queue offset of the first record that is not in the tables.</param>
/// <param name="CoveredTo">Physical offset: every record of the internal topic before it is in the tables.</param>
/// <param name="Tables">One a table, named after its file, as the file has it.</param>
public sealed record MetadataSnapshot(long Next, long CoveredTo, IReadOnlyList<TableCopy> Tables)
{
    // int32 magic "RAMD" | int32 format | int64 next | int64 coveredTo | int32 length of the bundle | deflated TableBundle | int32 CRC-32 of all before
    private const int Magic = 0x52414D44;
    private const int Format = 1;
    private const int HeadBytes = 28;
    private const int CrcBytes = 4;

    // Millions of topics; a damaged length must not be allocated.
    private const int MaxBundleBytes = 1 << 30;

    public byte[] Encode()
    {
        var bundle = TableBundle.Encode(Tables);
        using var stream = new MemoryStream();
        Span<byte> head = stackalloc byte[HeadBytes];
        BinaryPrimitives.WriteInt32BigEndian(head, Magic);
        BinaryPrimitives.WriteInt32BigEndian(head[4..], Format);
        BinaryPrimitives.WriteInt64BigEndian(head[8..], Next);
        BinaryPrimitives.WriteInt64BigEndian(head[16..], CoveredTo);
        BinaryPrimitives.WriteInt32BigEndian(head[24..], bundle.Length);
        stream.Write(head);
        using (var deflate = new DeflateStream(stream, CompressionLevel.Fastest, leaveOpen: true)) deflate.Write(bundle);
        Span<byte> crc = stackalloc byte[CrcBytes];
        BinaryPrimitives.WriteUInt32BigEndian(crc, Crc32.HashToUInt32(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        stream.Write(crc);
        return stream.ToArray();
    }

    /// <exception cref="FormatException">Cut off, damaged, or of another format.</exception>
    public static MetadataSnapshot Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadBytes + CrcBytes || BinaryPrimitives.ReadInt32BigEndian(bytes) != Magic) throw new FormatException("these are no tables");
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[^CrcBytes..]) != Crc32.HashToUInt32(bytes[..^CrcBytes])) throw new FormatException("the tables are damaged: their checksum doesn't match");
        var format = BinaryPrimitives.ReadInt32BigEndian(bytes[4..]);
        var next = BinaryPrimitives.ReadInt64BigEndian(bytes[8..]);
        var coveredTo = BinaryPrimitives.ReadInt64BigEndian(bytes[16..]);
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes[24..]);
        if (format != Format || next < 0 || coveredTo < 0 || length is < 0 or > MaxBundleBytes) throw new FormatException($"the tables are of another format ({format})");
        var bundle = new byte[length];
        try
        {
            using var deflate = new DeflateStream(new MemoryStream(bytes[HeadBytes..^CrcBytes].ToArray()), CompressionMode.Decompress);
            deflate.ReadExactly(bundle);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new FormatException("the tables can't be unpacked: " + e.Message, e);
        }

        return new(next, coveredTo, TableBundle.Decode(bundle));
    }
}
