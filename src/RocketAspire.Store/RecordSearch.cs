using System.Buffers.Binary;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>Looks for a record where none of the records before leads to.</summary>
internal static class RecordSearch
{
    private const int ChunkSize = 256 * 1024;

    // Magic and own offset stand within so many bytes.
    private const int HeadSize = MessageRecordView.PhysicalOffsetPosition + 8;

    // A damaged record and the beginning of the one behind it lie within.
    private const long Furthest = 32 * 1024 * 1024;

    /// <summary>Where the first whole record ends that begins behind the offset; -1 when there is none for a long way.</summary>
    public static long EndOfNext(FileSeries files, int maxRecordSize, long offset)
    {
        var chunk = new byte[ChunkSize];
        var limit = Math.Min(files.EndOfFiles, offset + Furthest);
        for (var at = offset; at < limit;)
        {
            var read = files.Read(at, chunk);
            if (read <= 0) return -1;
            var bytes = chunk.AsSpan(0, read);
            if (bytes.IndexOfAnyExcept((byte)0) >= 0 && FindIn(files, maxRecordSize, bytes, at) is >= 0 and var end) return end;
            // The next look begins before this one's end: a head may cross it, but not the end of its file.
            var isEndOfFile = (at + read) % files.FileSize == 0;
            at += isEndOfFile || read <= HeadSize ? read : read - HeadSize;
        }

        return -1;
    }

    private static long FindIn(FileSeries files, int maxRecordSize, ReadOnlySpan<byte> bytes, long start)
    {
        for (var i = 0; i + HeadSize <= bytes.Length; i++)
        {
            var magic = BinaryPrimitives.ReadInt32BigEndian(bytes[(i + 4)..]);
            if (magic is not (MessageRecordCodec.MagicV1 or MessageRecordCodec.MagicV2)) continue;
            if (BinaryPrimitives.ReadInt64BigEndian(bytes[(i + MessageRecordView.PhysicalOffsetPosition)..]) != start + i) continue;
            var scanner = new LogScanner(files, maxRecordSize);
            scanner.Seek(start + i);
            if (scanner.Next(files.EndOfFiles, checkCrc: true, out _) == ScanResult.Record) return scanner.Position;
        }

        return -1;
    }
}
