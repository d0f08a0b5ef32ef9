using System.Buffers;

namespace RocketAspire.Remoting;

/// <summary>The shared pool, for what is small: a rare huge frame must not stay behind as a huge array.</summary>
internal static class Pool
{
    private const int MaxKept = 1024 * 1024;

    public static byte[] Rent(int size) => size > MaxKept ? GC.AllocateUninitializedArray<byte>(size) : ArrayPool<byte>.Shared.Rent(size);

    public static void Return(byte[] array)
    {
        if (array.Length is > 0 and <= MaxKept) ArrayPool<byte>.Shared.Return(array);
    }
}
