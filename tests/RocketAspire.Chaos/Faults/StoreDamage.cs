namespace RocketAspire.Chaos.Faults;

/// <summary>Damages the files of a node that is down.</summary>
internal static class StoreDamage
{
    private const int TailBytes = 16 * 1024;

    /// <summary>Takes the store away.</summary>
    public static void Wipe(string store)
    {
        if (Directory.Exists(store)) Directory.Delete(store, recursive: true);
    }

    /// <summary>Makes the log end up to 64 KiB earlier, in the middle of a record or at its end; answers by how much, or null without a log.</summary>
    public static string? Truncate(string store, Random random)
    {
        if (LastBytes(store) is not var (file, end)) return null;
        var less = Math.Min(end, random.Next(1, 4 * TailBytes));
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        var length = RandomAccess.GetLength(handle);
        // The file keeps its size, as a real log's last file does: zeros follow.
        RandomAccess.SetLength(handle, end - less);
        RandomAccess.SetLength(handle, length);
        return $"{Path.GetFileName(file)} has lost its last {less} bytes";
    }

    /// <summary>Turns a bit of the log's last bytes round.</summary>
    /// <param name="store">The store's folder.</param>
    /// <param name="random">Chooses the bit.</param>
    /// <param name="place">The file, as a path in the store, and the byte.</param>
    public static string? FlipTail(string store, Random random, out (string File, long At) place)
    {
        place = default;
        if (LastBytes(store) is not var (file, end) || end == 0) return null;
        place = (Path.GetRelativePath(store, file), Math.Max(0, end - 1 - random.Next(TailBytes)));
        return Flip(file, place.At, random);
    }

    /// <summary>Turns a bit anywhere in the log round, but not in its last bytes.</summary>
    /// <param name="store">The store's folder.</param>
    /// <param name="random">Chooses the bit.</param>
    /// <param name="place">The file, as a path in the store, and the byte.</param>
    public static string? FlipMiddle(string store, Random random, out (string File, long At) place)
    {
        place = default;
        if (LastBytes(store) is not var (last, end)) return null;
        var files = Directory.EnumerateFiles(Path.GetDirectoryName(last)!).Where(f => string.CompareOrdinal(f, last) <= 0).Order(StringComparer.Ordinal).ToList();
        var file = files[random.Next(files.Count)];
        var length = (file == last ? end : new FileInfo(file).Length) - TailBytes;
        if (length <= 0) return null;
        place = (Path.GetRelativePath(store, file), random.NextInt64(length));
        return Flip(file, place.At, random);
    }

    /// <summary>Whether two nodes have the same byte there; true also when one has no such file any more.</summary>
    public static bool IsSame(string store, string other, (string File, long At) place)
    {
        try
        {
            return ByteAt(store) == ByteAt(other);
        }
        catch (IOException)
        {
            return true;
        }

        int ByteAt(string root)
        {
            using var file = new FileStream(Path.Combine(root, place.File), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            file.Seek(place.At, SeekOrigin.Begin);
            return file.ReadByte();
        }
    }

    /// <summary>Turns bits of one of these files round.</summary>
    public static string? FlipAny(IReadOnlyList<string> files, Random random)
    {
        var written = files.Where(static f => File.Exists(f) && LastNonZero(f) >= 0).Order(StringComparer.Ordinal).ToList();
        if (written.Count == 0) return null;
        var file = written[random.Next(written.Count)];
        return Flip(file, random.NextInt64(LastNonZero(file) + 1), random);
    }

    public static IReadOnlyList<string> QueueAndIndexFiles(string store) =>
        [.. new[] { "consumequeue", "index" }.Select(f => Path.Combine(store, f)).Where(Directory.Exists).SelectMany(static f => Directory.EnumerateFiles(f, "*", SearchOption.AllDirectories))];

    /// <summary>The small files by which a node knows what it had.</summary>
    public static IReadOnlyList<string> StateFiles(string store) =>
        [.. new[] { "checkpoint", "rocketaspire.mark", "rocketaspire.terms", "config/replication.json", "raft.state" }.Select(f => Path.Combine(store, f))];

    private static string Flip(string file, long at, Random random)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        Span<byte> one = stackalloc byte[1];
        RandomAccess.Read(handle, one, at);
        one[0] ^= (byte)(1 << random.Next(8));
        RandomAccess.Write(handle, one, at);
        return $"a bit of {Path.GetFileName(file)} at {at} is another";
    }

    private static (string File, long End)? LastBytes(string store)
    {
        var folder = Path.Combine(store, "commitlog");
        if (!Directory.Exists(folder)) return null;
        foreach (var file in Directory.EnumerateFiles(folder).OrderDescending(StringComparer.Ordinal))
            if (LastNonZero(file) is >= 0 and var last) return (file, last + 1);
        return null;
    }

    private static long LastNonZero(string file) => File.ReadAllBytes(file).AsSpan().LastIndexOfAnyExcept((byte)0);
}
