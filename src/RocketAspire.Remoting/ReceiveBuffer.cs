namespace RocketAspire.Remoting;

/// <summary>
/// What has been received and not yet taken, in one piece from the pool. It grows only when it is full, so a frame that claims
/// 16 MiB costs nothing until its bytes come; while nothing is there no memory is held. For one reader.
/// </summary>
internal sealed class ReceiveBuffer(Stream stream)
{
    private const int FirstSize = 64 * 1024;

    private Stream _stream = stream;
    private byte[] _array = [];
    private int _start;
    private int _end;

    public ReadOnlySpan<byte> Unread => _array.AsSpan(_start, _end - _start);

    public void Consume(int count) => _start += count;

    /// <summary>Before anything was read.</summary>
    public void UseStream(Stream secured) => _stream = secured;

    /// <summary>Waits for more bytes; false at the end of the stream.</summary>
    public async ValueTask<bool> ReceiveAsync()
    {
        if (_start == _end)
        {
            Release();
            // Waits without holding memory.
            await _stream.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
            _array = Pool.Rent(FirstSize);
        }

        MakeRoom();
        var count = await _stream.ReadAsync(_array.AsMemory(_end)).ConfigureAwait(false);
        _end += count;
        return count > 0;
    }

    public void Release()
    {
        Pool.Return(_array);
        _array = [];
        _start = _end = 0;
    }

    /// <summary>What is left of a batch is the start of one frame, mostly short: it moves to the front. A full buffer is doubled.</summary>
    private void MakeRoom()
    {
        if (_start > 0)
        {
            _array.AsSpan(_start, _end - _start).CopyTo(_array);
            (_start, _end) = (0, _end - _start);
        }

        if (_end < _array.Length) return;
        var larger = Pool.Rent(_array.Length * 2);
        _array.AsSpan(0, _end).CopyTo(larger);
        Pool.Return(_array);
        _array = larger;
    }
}
