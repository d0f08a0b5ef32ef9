using System.IO.Hashing;
using RocketAspire.Store;

namespace RocketAspire.Broker.Ha;

/// <summary>A checksum over the log's bytes before an offset.</summary>
/// <param name="From">First byte that it covers; later than usual where a log begins later.</param>
/// <param name="Crc">CRC-32.</param>
public readonly record struct LogChecksum(long From, uint Crc)
{
    /// <summary>Bytes that are compared where both logs have them.</summary>
    public const int Bytes = 64 * 1024;

    /// <summary>Over the bytes before the offset, none of them before <paramref name="floor"/>; null when the log doesn't hold them.</summary>
    public static LogChecksum? Before(MessageStore store, long offset, long floor)
    {
        var from = Math.Max(Math.Max(store.MinPhysicalOffset, floor), offset - Bytes);
        return from < offset && Compute(store, from, offset) is { } crc ? new(from, crc) : null;
    }

    /// <summary>Over exactly these bytes; null when the log doesn't hold them.</summary>
    public static uint? Compute(MessageStore store, long from, long to)
    {
        var crc = new Crc32();
        var buffer = new byte[Bytes];
        while (from < to)
        {
            var read = store.ReadRaw(from, buffer.AsSpan(0, (int)Math.Min(buffer.Length, to - from)));
            if (read == 0)
            {
                return null;
            }
            crc.Append(buffer.AsSpan(0, read));
            from += read;
        }
        return crc.GetCurrentHashAsUInt32();
    }
}
