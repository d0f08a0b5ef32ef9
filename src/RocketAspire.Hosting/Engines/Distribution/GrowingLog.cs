using System.Text;

namespace RocketAspire.Hosting.Engines.Distribution;

/// <summary>
/// The new lines of a log file that somebody else writes and rolls over. A file that was moved away is read to its end before the
/// new one of its name is begun: the open file stays the same whatever it is called.
/// </summary>
internal sealed class GrowingLog : IDisposable
{
    // By its first bytes, which hold a time, a file is told from the next of its name.
    private const int HeadBytes = 256;
    private const int LongestLine = 64 * 1024;

    private readonly string _path;
    private readonly byte[] _head = new byte[HeadBytes];
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly List<byte> _line = [];
    private FileStream? _file;
    private int _headLength;

    /// <param name="path">The file; it may come later.</param>
    /// <param name="skipsWhatIsThere">Whether lines that it already has are of no interest: a start before this one wrote them.</param>
    public GrowingLog(string path, bool skipsWhatIsThere)
    {
        _path = path;
        if (!skipsWhatIsThere || !TryOpen()) return;
        ReadHead();
        _file!.Seek(0, SeekOrigin.End);
    }

    /// <summary>The lines that have come since the last call; one that isn't ended yet comes with its end.</summary>
    public IReadOnlyList<string> Read()
    {
        var lines = new List<string>();
        if (_file is null && !TryOpen()) return lines;
        Drain(lines);
        while (WasReplaced())
        {
            // Between the last look at it and its end somebody may have written.
            Drain(lines);
            if (_line.Count > 0) EndLine(lines);
            Close();
            if (!TryOpen()) break;
            Drain(lines);
        }

        return lines;
    }

    public void Dispose() => Close();

    private static FileStream? Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not there yet, or just being moved.
            return null;
        }
    }

    private bool TryOpen()
    {
        _headLength = 0;
        _file = Open(_path);
        return _file is not null;
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
        _line.Clear();
    }

    private void ReadHead()
    {
        var position = _file!.Position;
        _file.Position = 0;
        _headLength = _file.ReadAtLeast(_head, HeadBytes, throwOnEndOfStream: false);
        _file.Position = position;
    }

    private void Drain(List<string> lines)
    {
        if (_headLength < HeadBytes) ReadHead();
        int count;
        while ((count = _file!.Read(_buffer)) > 0)
        {
            foreach (var b in _buffer.AsSpan(0, count))
            {
                if (b == (byte)'\n') EndLine(lines);
                else if (_line.Count < LongestLine) _line.Add(b);
            }
        }
    }

    private void EndLine(List<string> lines)
    {
        lines.Add(Encoding.UTF8.GetString([.. _line]).TrimEnd('\r'));
        _line.Clear();
    }

    private bool WasReplaced()
    {
        using var there = Open(_path);
        if (there is null) return false;
        if (there.Length < _file!.Position) return true;
        Span<byte> head = stackalloc byte[HeadBytes];
        var length = there.ReadAtLeast(head[..Math.Max(_headLength, 1)], _headLength, throwOnEndOfStream: false);
        return !head[..Math.Min(length, _headLength)].SequenceEqual(_head.AsSpan(0, _headLength));
    }
}
