using System.Buffers.Binary;

namespace RocketAspire.Raft.Simulation;

internal enum SimRecordKind
{
    Data = 1,
    Marker = 2,
    Blank = 3,
}

/// <summary>The model's records: size, kind, term (0 unless a marker), a number that no other record has. A blank one has but its size and kind, like the store's.</summary>
internal static class SimRecords
{
    public const int BlankHead = 8;
    public const int MarkerSize = 24;
    public const int LeastSize = 20;

    public static byte[] Create(SimRecordKind kind, int size, int term, long number)
    {
        var bytes = new byte[size];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, size);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), (int)kind);
        if (kind == SimRecordKind.Blank) return bytes;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), term);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), number);
        return bytes;
    }

    public static int SizeOf(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadInt32LittleEndian(record);

    public static SimRecordKind KindOf(ReadOnlySpan<byte> record) => (SimRecordKind)BinaryPrimitives.ReadInt32LittleEndian(record[4..]);

    public static int TermOf(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadInt32LittleEndian(record[8..]);
}
