using System.Buffers.Binary;

namespace RocketAspire.Broker;

/// <summary>How far delivery has come, as a record of the log says behind what was delivered: whoever reads the log further knows it too.</summary>
/// <param name="Due">Time of the message delivered last (<see cref="Protocol.Messages.TimerProperties.DueCode"/>).</param>
/// <param name="Offset">Its place in the queue.</param>
/// <param name="Seen">The queue's end as it was known then: what stands behind may be due earlier and is not delivered.</param>
/// <param name="Low">Nothing before this place of the queue waits any more.</param>
/// <remarks>Body: int64 due, int64 offset, int64 seen, int64 low, big-endian.</remarks>
internal readonly record struct TimerProgress(long Due, long Offset, long Seen, long Low)
{
    public const int Bytes = 32;

    public static TimerProgress None => new(long.MinValue, -1, 0, 0);

    public bool Covers(long due, long offset) => offset < Low || (offset < Seen && (due < Due || (due == Due && offset <= Offset)));

    public byte[] Encode()
    {
        var body = new byte[Bytes];
        BinaryPrimitives.WriteInt64BigEndian(body, Due);
        BinaryPrimitives.WriteInt64BigEndian(body.AsSpan(8), Offset);
        BinaryPrimitives.WriteInt64BigEndian(body.AsSpan(16), Seen);
        BinaryPrimitives.WriteInt64BigEndian(body.AsSpan(24), Low);
        return body;
    }

    public static TimerProgress? Decode(ReadOnlySpan<byte> body) => body.Length != Bytes ? null : new(
        BinaryPrimitives.ReadInt64BigEndian(body),
        BinaryPrimitives.ReadInt64BigEndian(body[8..]),
        BinaryPrimitives.ReadInt64BigEndian(body[16..]),
        BinaryPrimitives.ReadInt64BigEndian(body[24..]));
}
