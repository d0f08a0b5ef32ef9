using System.Buffers;

namespace RocketAspire.Remoting;

/// <summary>One growing piece of memory from the pool, given back whenever it is empty: an idle connection holds none.</summary>
internal sealed class SendBuffer : IBufferWriter<byte>
{
    private const int FirstSize = 4096;

    private byte[] _array = [];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _array.AsMemory(0, Length);

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _array.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _array.AsSpan(Length);
    }

    public void Clear()
    {
        Pool.Return(_array);
        _array = [];
        Length = 0;
    }

    private void Reserve(int count)
    {
        var needed = checked(Length + count);
        if (needed <= _array.Length) return;
        var larger = Pool.Rent(Math.Max(needed, Math.Max(FirstSize, (int)Math.Min(_array.Length * 2L, Array.MaxLength))));
        _array.AsSpan(0, Length).CopyTo(larger);
        Pool.Return(_array);
        _array = larger;
    }
}
