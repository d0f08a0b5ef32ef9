namespace RocketAspire.Store.TestSupport;

/// <summary>Names of folders and files, and what stands behind the latter.</summary>
internal sealed class NameSpace
{
    public HashSet<string> Folders { get; private init; } = [Path.GetPathRoot(Path.GetFullPath("/"))!];

    public Dictionary<string, Node> Files { get; private init; } = new(StringComparer.Ordinal);

    public NameSpace Clone() => new() { Folders = [.. Folders], Files = new Dictionary<string, Node>(Files, StringComparer.Ordinal) };

    /// <summary>All folders above it are there.</summary>
    public bool IsReachable(string path)
    {
        for (var parent = Path.GetDirectoryName(path); parent is not null; parent = Path.GetDirectoryName(parent))
        {
            if (!Folders.Contains(parent)) return false;
        }

        return true;
    }
}

/// <param name="Path">Its folder is the one whose flush makes the change durable.</param>
/// <param name="Apply">Makes the change.</param>
internal sealed record NameChange(string Path, Action<NameSpace> Apply);

/// <summary>A write, or (without bytes) a new length.</summary>
internal sealed record ContentChange(long Offset, byte[]? Bytes, long Length)
{
    public void Apply(SparseBytes content)
    {
        if (Bytes is null) content.SetLength(Length);
        else content.Write(Offset, Bytes);
    }
}

/// <summary>A file's content: as it reads, as it is durable, and the changes between.</summary>
internal sealed class Node(string path, SparseBytes content)
{
    private const int Sector = 512;

    private readonly List<ContentChange> _changes = [];
    private SparseBytes _durable = content.Clone();

    public string Path => path;

    public SparseBytes Live { get; private set; } = content;

    public void Change(ContentChange change)
    {
        change.Apply(Live);
        _changes.Add(change);
    }

    public void Flush()
    {
        foreach (var change in _changes) change.Apply(_durable);
        _changes.Clear();
    }

    /// <summary>A failed flush: the kernel takes the pages for clean.</summary>
    public void Forget() => _changes.Clear();

    public Node Copy()
    {
        var copy = new Node(path, Live.Clone()) { _durable = _durable.Clone() };
        copy._changes.AddRange(_changes);
        return copy;
    }

    public SparseBytes AfterPowerLoss(Random random)
    {
        var found = _durable.Clone();
        foreach (var change in _changes)
        {
            var fate = random.Next(3);
            if (fate == 0) continue;
            if (fate == 1 || change.Bytes is null) change.Apply(found);
            else ApplySectors(change, found, random);
        }

        return found;
    }

    private static void ApplySectors(ContentChange change, SparseBytes found, Random random)
    {
        for (var at = change.Offset; at < change.Offset + change.Bytes!.Length;)
        {
            var part = (int)Math.Min(change.Offset + change.Bytes.Length - at, Sector - (at % Sector));
            if (random.Next(2) == 0) found.Write(at, change.Bytes.AsSpan((int)(at - change.Offset), part));
            at += part;
        }
    }
}
