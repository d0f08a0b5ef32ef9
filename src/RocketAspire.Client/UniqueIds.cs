using System.Buffers.Binary;
using System.Security.Cryptography;

namespace RocketAspire.Client;

/// <summary>
/// Makes UNIQ_KEYs of the length and alphabet of Apache's: 32 hexadecimal digits. A random start stands for its address, process
/// and class loader, so that two senders anywhere differ; time and a counter follow.
/// </summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/message/MessageClientIDSetter.java</remarks>
internal sealed class UniqueIds(TimeProvider time)
{
    private readonly byte[] _start = RandomNumberGenerator.GetBytes(10);
    private int _counter;

    public string Next()
    {
        Span<byte> id = stackalloc byte[16];
        _start.CopyTo(id);
        // Milliseconds of about 49 days: with the counter that is enough to tell messages of one sender apart.
        BinaryPrimitives.WriteUInt32BigEndian(id[10..], unchecked((uint)time.GetUtcNow().ToUnixTimeMilliseconds()));
        BinaryPrimitives.WriteInt16BigEndian(id[14..], unchecked((short)Interlocked.Increment(ref _counter)));
        return Convert.ToHexString(id);
    }
}
