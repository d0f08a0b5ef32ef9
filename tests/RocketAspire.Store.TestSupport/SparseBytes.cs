namespace RocketAspire.Store.TestSupport;

/// <summary>Content of a file of any length of which only touched pages take memory.</summary>
internal sealed class SparseBytes
{
    private const int PageSize = 4096;

    private readonly Dictionary<long, byte[]> _pages = [];

    public long Length { get; private set; }

    public long AllocatedBytes => (long)_pages.Count * PageSize;

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        Length = Math.Max(Length, offset + bytes.Length);
        while (!bytes.IsEmpty)
        {
            var number = offset / PageSize;
            var at = (int)(offset % PageSize);
            if (!_pages.TryGetValue(number, out var page)) _pages[number] = page = new byte[PageSize];
            var part = Math.Min(bytes.Length, PageSize - at);
            bytes[..part].CopyTo(page.AsSpan(at));
            bytes = bytes[part..];
            offset += part;
        }
    }

    public int Read(long offset, Span<byte> buffer)
    {
        var total = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        for (var done = 0; done < total;)
        {
            var at = (int)((offset + done) % PageSize);
            var part = Math.Min(total - done, PageSize - at);
            var target = buffer.Slice(done, part);
            if (_pages.TryGetValue((offset + done) / PageSize, out var page)) page.AsSpan(at, part).CopyTo(target);
            else target.Clear();
            done += part;
        }

        return total;
    }

    public void SetLength(long length)
    {
        if (length < Length)
        {
            foreach (var number in _pages.Keys.Where(n => n * PageSize >= length).ToArray()) _pages.Remove(number);
            if (_pages.TryGetValue(length / PageSize, out var page)) page.AsSpan((int)(length % PageSize)).Clear();
        }

        Length = length;
    }

    public SparseBytes Clone()
    {
        var copy = new SparseBytes { Length = Length };
        foreach (var (number, page) in _pages) copy._pages[number] = (byte[])page.Clone();
        return copy;
    }
}
