using System.Globalization;

namespace RocketAspire.Store;

/// <summary>Files of one size in one folder, named by their 20-digit start offset, as one long run of bytes.</summary>
/// <remarks>
/// One writer at a time; any number of readers, which take no lock: the array of files is replaced whole.
/// A read that meets a file being deleted answers 0 bytes.
/// </remarks>
internal sealed class FileSeries(IStorageDevice device, string directory, long fileSize) : IDisposable
{
    // Ascending and without gaps: each starts where the one before ends.
    private volatile Segment[] _segments = [];
    private volatile bool _namesDirty;

    public string Directory => directory;

    public long FileSize => fileSize;

    public bool IsEmpty => _segments.Length == 0;

    public long MinOffset => _segments is [var first, ..] ? first.Start : 0;

    /// <summary>Where the last file ends, written or not.</summary>
    public long EndOfFiles => _segments is [.., var last] ? last.Start + fileSize : 0;

    /// <summary>Opens the files that are there. Those behind a gap are not taken; they are told in <paramref name="behindGap"/>.</summary>
    /// <exception cref="StoreException">A file's length is not the configured one.</exception>
    public void Open(out List<string> behindGap)
    {
        behindGap = [];
        var names = new List<StorageEntry>();
        foreach (var entry in device.List(directory))
        {
            if (!entry.IsDirectory && entry.Name.Length == 20 && long.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out _)) names.Add(entry);
        }

        names.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        var taken = Contiguous(names);
        for (var i = taken; i < names.Count; i++) behindGap.Add(names[i].Name);
        var segments = new Segment[taken];
        for (var i = 0; i < taken; i++) segments[i] = OpenSegment(names[i]);
        _segments = segments;
    }

    /// <summary>How many of the files follow on one another. Judges all of them before any is touched.</summary>
    private int Contiguous(List<StorageEntry> files)
    {
        var taken = files.Count;
        for (var i = 0; i < files.Count; i++)
        {
            var start = StartOf(files[i]);
            var shorter = files[i].Length < fileSize && i + 1 < files.Count && StartOf(files[i + 1]) == start + files[i].Length;
            if (files[i].Length > fileSize || start % fileSize != 0 || shorter)
            {
                throw new StoreException($"{Path.Combine(directory, files[i].Name)} has {files[i].Length} bytes, the setting says {fileSize}: set the file size that the store was written with.");
            }

            if (i > 0 && taken == files.Count && start != StartOf(files[i - 1]) + fileSize) taken = i;
        }

        return taken;
    }

    private static long StartOf(StorageEntry entry) => long.Parse(entry.Name, CultureInfo.InvariantCulture);

    private Segment OpenSegment(StorageEntry entry)
    {
        var path = Path.Combine(directory, entry.Name);
        var segment = new Segment(StartOf(entry), path, device.Open(path, create: false));
        if (entry.Length < fileSize)
        {
            // Power went between the file's creation, or a cut, and the sync: the rest reads as zeros, as it was meant to.
            segment.File.SetLength(fileSize);
            segment.Dirty = true;
        }

        return segment;
    }

    /// <summary>Reads what one file holds from the offset on; 0 where there is no file.</summary>
    public int Read(long offset, Span<byte> buffer)
    {
        var segment = Find(offset);
        if (segment is null) return 0;
        var inFile = offset - segment.Start;
        if (buffer.Length > fileSize - inFile) buffer = buffer[..(int)(fileSize - inFile)];
        try
        {
            return segment.File.Read(inFile, buffer);
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    /// <summary>Reads all or answers false.</summary>
    public bool ReadExactly(long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var read = Read(offset, buffer);
            if (read == 0) return false;
            offset += read;
            buffer = buffer[read..];
        }

        return true;
    }

    /// <summary>Creates the file that holds the offset when it is the next one (or the first).</summary>
    public void Ensure(long offset)
    {
        if (Find(offset) is not null) return;
        var segments = _segments;
        var start = offset - (offset % fileSize);
        if (segments.Length > 0 && start != EndOfFiles) throw new InvalidOperationException($"{directory} ends at {EndOfFiles}, {offset} is out of reach.");
        var path = Path.Combine(directory, start.ToString("D20", CultureInfo.InvariantCulture));
        var file = device.Open(path, create: true);
        try
        {
            file.SetLength(fileSize);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        // Set before the segment is seen, so that a flush that covers the segment covers its name.
        _namesDirty = true;
        _segments = [.. segments, new Segment(start, path, file) { Dirty = true }];
    }

    /// <summary>Writes within the files that <see cref="Ensure"/> made; may cross from one to the next.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var segment = Find(offset) ?? throw new InvalidOperationException($"{directory} has no file for {offset}.");
            var part = (int)Math.Min(bytes.Length, segment.Start + fileSize - offset);
            segment.File.Write(offset - segment.Start, bytes[..part]);
            // After the write and before its end is published: a flush that sees the new end sees the mark too.
            segment.Dirty = true;
            offset += part;
            bytes = bytes[part..];
        }
    }

    /// <summary>Makes everything written so far durable: the files that were written to, then the names.</summary>
    public void Flush()
    {
        foreach (var segment in _segments)
        {
            if (!segment.Dirty) continue;
            segment.Dirty = false;
            try
            {
                segment.File.Flush();
            }
            catch
            {
                segment.Dirty = true;
                throw;
            }
        }

        if (!_namesDirty) return;
        _namesDirty = false;
        try
        {
            device.FlushDirectory(directory);
        }
        catch
        {
            _namesDirty = true;
            throw;
        }
    }

    /// <summary>Makes the next <see cref="Flush"/> sync the files from the offset on: after a restart nobody knows what of them is durable.</summary>
    public void MarkDirtyFrom(long offset)
    {
        foreach (var segment in _segments)
        {
            if (segment.Start + fileSize > offset) segment.Dirty = true;
        }

        _namesDirty = true;
    }

    /// <summary>Lets everything from the offset on read as zeros, and deletes the later files. Not durable before <see cref="Flush"/>.</summary>
    /// <remarks>The first file stays even when nothing is left in it: its name keeps where the run begins.</remarks>
    public void CutTo(long offset)
    {
        var segments = _segments;
        var keep = segments.Length;
        while (keep > 1 && segments[keep - 1].Start >= offset) keep--;
        for (var i = segments.Length - 1; i >= keep; i--) Delete(segments[i]);
        if (keep == 0) return;
        _segments = segments[..keep];
        if (keep < segments.Length) _namesDirty = true;
        var last = segments[keep - 1];
        if (offset >= last.Start + fileSize) return;
        last.File.SetLength(Math.Max(0, offset - last.Start));
        last.File.SetLength(fileSize);
        last.Dirty = true;
    }

    /// <summary>Deletes the files that end at or before the offset, never the last one. Durable file by file, oldest first, so that no gap can appear.</summary>
    public int DeleteBefore(long offset)
    {
        var deleted = 0;
        while (_segments is [var first, _, ..] && first.Start + fileSize <= offset)
        {
            _segments = _segments[1..];
            Delete(first);
            device.FlushDirectory(directory);
            deleted++;
        }

        return deleted;
    }

    /// <summary>Deletes all files; durable when it returns.</summary>
    public void Clear()
    {
        var segments = _segments;
        _segments = [];
        for (var i = segments.Length - 1; i >= 0; i--) Delete(segments[i]);
        if (segments.Length > 0) device.FlushDirectory(directory);
    }

    public void Dispose()
    {
        foreach (var segment in _segments) segment.File.Dispose();
    }

    private void Delete(Segment segment)
    {
        segment.File.Dispose();
        device.DeleteFile(segment.Path);
    }

    private Segment? Find(long offset)
    {
        var segments = _segments;
        if (segments.Length == 0 || offset < segments[0].Start) return null;
        var index = (offset - segments[0].Start) / fileSize;
        return index < segments.Length ? segments[index] : null;
    }

    private sealed class Segment(long start, string path, IStorageFile file)
    {
        public long Start { get; } = start;

        public string Path { get; } = path;

        public IStorageFile File { get; } = file;

        public volatile bool Dirty;
    }
}
