using System.Buffers.Binary;
using System.Security.Cryptography;

namespace RocketAspire.Client;

/// <summary>
/// Makes UNIQ_KEYs as Apache's clients do: hexadecimal digits of this machine's address, the process, a number of this instance, the milliseconds
/// since the month began, and a counter. Tools read the time back from it.
/// </summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/message/MessageClientIDSetter.java</remarks>
internal sealed class UniqueIds
{
    private const int StartSize = 4 + 2 + 4;

    private readonly TimeProvider _time;
    private readonly byte[] _start = new byte[StartSize];
    private Month _month;
    private int _counter;

    public UniqueIds(TimeProvider time)
    {
        _time = time;
        LocalAddress.V4.TryWriteBytes(_start, out _);
        BinaryPrimitives.WriteUInt16BigEndian(_start.AsSpan(4), unchecked((ushort)Environment.ProcessId));
        // Stands where Java has its class loader's hash: two instances of one process differ.
        RandomNumberGenerator.Fill(_start.AsSpan(6));
        _month = Month.Of(time.GetLocalNow());
    }

    public string Next()
    {
        var nowMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var month = Volatile.Read(ref _month);
        if (nowMs >= month.EndMs) Volatile.Write(ref _month, month = Month.Of(_time.GetLocalNow()));
        Span<byte> id = stackalloc byte[StartSize + 6];
        _start.CopyTo(id);
        // A clock put back must not give a time far ahead.
        BinaryPrimitives.WriteInt32BigEndian(id[StartSize..], unchecked((int)Math.Max(0, nowMs - month.StartMs)));
        BinaryPrimitives.WriteInt16BigEndian(id[(StartSize + 4)..], unchecked((short)Interlocked.Increment(ref _counter)));
        return Convert.ToHexString(id);
    }

    private sealed record Month(long StartMs, long EndMs)
    {
        public static Month Of(DateTimeOffset now)
        {
            var start = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, now.Offset);
            return new(start.ToUnixTimeMilliseconds(), start.AddMonths(1).ToUnixTimeMilliseconds());
        }
    }
}
