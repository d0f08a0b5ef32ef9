using System.Buffers.Binary;

namespace RocketAspire.Chaos.Load;

/// <summary>Which message it is: its producer's number and the message's own, each sent once only.</summary>
internal readonly record struct MessageTag(int Producer, int Number)
{
    public override string ToString() => $"p{Producer}#{Number}";
}

/// <summary>Bodies that say what they are and of which every byte follows from that: a changed one is seen without a copy.</summary>
/// <remarks>Layout, big-endian: int32 seed, int32 producer, int32 number, int32 size, then bytes made from these four.</remarks>
internal static class MessageBody
{
    public const int MinSize = 16;

    public static byte[] Create(int seed, MessageTag tag, int size)
    {
        var body = new byte[Math.Max(size, MinSize)];
        Write(seed, tag, body);
        return body;
    }

    /// <summary>False for a body of another run, and for one with a changed byte.</summary>
    public static bool TryRead(int seed, ReadOnlySpan<byte> body, out MessageTag tag)
    {
        tag = default;
        if (body.Length < MinSize || BinaryPrimitives.ReadInt32BigEndian(body) != seed) return false;
        tag = new(BinaryPrimitives.ReadInt32BigEndian(body[4..]), BinaryPrimitives.ReadInt32BigEndian(body[8..]));
        var expected = new byte[body.Length];
        Write(seed, tag, expected);
        return body.SequenceEqual(expected);
    }

    private static void Write(int seed, MessageTag tag, Span<byte> body)
    {
        BinaryPrimitives.WriteInt32BigEndian(body, seed);
        BinaryPrimitives.WriteInt32BigEndian(body[4..], tag.Producer);
        BinaryPrimitives.WriteInt32BigEndian(body[8..], tag.Number);
        BinaryPrimitives.WriteInt32BigEndian(body[12..], body.Length);
        var state = ((ulong)(uint)tag.Producer << 32) ^ (uint)tag.Number ^ ((ulong)(uint)seed * 0x9E37_79B9_7F4A_7C15);
        for (var rest = body[MinSize..]; !rest.IsEmpty; rest = rest[Math.Min(8, rest.Length)..])
        {
            // SplitMix64.
            state += 0x9E37_79B9_7F4A_7C15;
            var mixed = (state ^ (state >> 30)) * 0xBF58_476D_1CE4_E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
            mixed ^= mixed >> 31;
            for (var i = 0; i < Math.Min(8, rest.Length); i++) rest[i] = (byte)(mixed >> (8 * i));
        }
    }
}
