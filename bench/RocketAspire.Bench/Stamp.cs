using System.Buffers.Binary;
using System.Diagnostics;

namespace RocketAspire.Bench;

/// <summary>What the front of a body says: which run, which message, when it was sent.</summary>
/// <remarks>
/// Layout, little-endian:
/// <code>
/// | int64 run | int64 number | int64 sentAt, a Stopwatch timestamp of the sending process | filling |
/// </code>
/// </remarks>
internal static class Stamp
{
    public const int Length = 24;

    public static void Write(Span<byte> body, long run, long number)
    {
        if (body.Length < Length) return;
        BinaryPrimitives.WriteInt64LittleEndian(body, run);
        BinaryPrimitives.WriteInt64LittleEndian(body[8..], number);
        BinaryPrimitives.WriteInt64LittleEndian(body[16..], Stopwatch.GetTimestamp());
    }

    /// <summary>False: not a message of that run.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, long run, out long number, out long sentAt)
    {
        number = sentAt = 0;
        if (body.Length < Length || BinaryPrimitives.ReadInt64LittleEndian(body) != run) return false;
        number = BinaryPrimitives.ReadInt64LittleEndian(body[8..]);
        sentAt = BinaryPrimitives.ReadInt64LittleEndian(body[16..]);
        return true;
    }
}
