namespace RocketAspire.Store.TestSupport;

/// <summary>A file of a <see cref="PowerLossDevice"/>, open.</summary>
internal sealed class PowerLossFile(PowerLossDevice device, Node node) : IStorageFile
{
    private bool _disposed;

    public long Length => device.LengthOf(node);

    public void SetLength(long length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        device.SetLength(node, length);
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        device.Write(node, offset, bytes);
    }

    public int Read(long offset, Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return device.Read(node, offset, buffer);
    }

    public void Flush()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        device.Flush(node);
    }

    public void Dispose() => _disposed = true;
}

/// <summary>A lock taken on a <see cref="PowerLossDevice"/>.</summary>
internal sealed class PowerLossLock(PowerLossDevice device, string path) : IDisposable
{
    public void Dispose() => device.Unlock(path);
}

/// <summary>What a <see cref="PowerLossDevice"/> throws once its power is gone.</summary>
public sealed class PoweredOffException() : IOException("The device has no power.");
