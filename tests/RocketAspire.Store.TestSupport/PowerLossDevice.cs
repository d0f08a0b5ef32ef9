namespace RocketAspire.Store.TestSupport;

/// <summary>A disk in memory that keeps apart what is durable from what only the page cache holds.</summary>
/// <remarks>
/// Harsher than real file systems where they may differ: after <see cref="PowerCycle"/> each write since the file's last
/// successful flush is there, gone, or there in some of its 512-byte sectors, whatever came after it; each name made, deleted
/// or renamed since its folder's last flush is so or not, one by one; a cut of a file may be undone. A failed flush forgets
/// what it should have written, as Linux does: the next one succeeds without it. Everything random comes from the seed.
/// </remarks>
public sealed class PowerLossDevice(int seed = 0) : IStorageDevice
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _locks = [];
    private NameSpace _live = new();
    private NameSpace _durable = new();

    // Changes of names since the flush of the folder that holds them, in order.
    private readonly List<NameChange> _changes = [];

    private long _operations;

    /// <summary>Changing calls so far: writes, lengths, flushes, names.</summary>
    public long Operations => Interlocked.Read(ref _operations);

    /// <summary>Flushes of file content so far.</summary>
    public long Flushes { get; private set; }

    /// <summary>The power goes in the call with this number (counted from 1); never when 0.</summary>
    public long PowerOffAt { get; set; }

    public bool IsOff => PowerOffAt > 0 && Operations >= PowerOffAt;

    /// <summary>True lets a write to the path fail after half of it.</summary>
    public Func<string, bool>? FailWrite { get; set; }

    /// <summary>True lets a flush of the path fail.</summary>
    public Func<string, bool>? FailFlush { get; set; }

    /// <summary>Called before a flush, outside all locks: may block as a slow disk does.</summary>
    public Action<string>? BeforeFlush { get; set; }

    /// <summary>Room for all files together, in bytes of touched 4 KiB pages.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>Pages in use.</summary>
    public long AllocatedBytes
    {
        get
        {
            lock (_gate) return _live.Files.Values.Sum(static n => n.Live.AllocatedBytes);
        }
    }

    /// <summary>Cuts the power now.</summary>
    public void PowerOff()
    {
        lock (_gate)
        {
            if (!IsOff) PowerOffAt = Math.Max(1, _operations);
        }
    }

    /// <summary>What a machine finds on this disk when the power comes back. This device stays as it is.</summary>
    public PowerLossDevice PowerCycle()
    {
        lock (_gate)
        {
            var random = new Random(seed);
            var names = _durable.Clone();
            foreach (var change in _changes)
            {
                if (random.Next(2) == 0) change.Apply(names);
            }

            var next = new PowerLossDevice(random.Next());
            foreach (var folder in names.Folders.Where(names.IsReachable)) next._live.Folders.Add(folder);
            foreach (var (path, node) in names.Files.Where(f => names.IsReachable(f.Key))) next._live.Files[path] = new Node(path, node.AfterPowerLoss(random));
            next._durable = next._live.Clone();
            return next;
        }
    }

    /// <summary>What another process finds when this one is killed: everything written, nothing lost, locks free.</summary>
    public PowerLossDevice ProcessKilled()
    {
        lock (_gate)
        {
            var next = new PowerLossDevice(seed + 1) { _live = _live.Clone(), _durable = _durable.Clone() };

            // One copy of each file, whatever names lead to it: else a name made durable later would bring back an old content.
            var copies = _live.Files.Values.Concat(_durable.Files.Values).Distinct().ToDictionary(static node => node, static node => node.Copy());
            UseCopies(next._live);
            UseCopies(next._durable);
            next._changes.AddRange(_changes.Select(change => new NameChange(change.Path, names =>
            {
                change.Apply(names);
                UseCopies(names);
            })));

            void UseCopies(NameSpace names)
            {
                foreach (var (path, node) in names.Files.ToArray())
                {
                    if (copies.TryGetValue(node, out var copy)) names.Files[path] = copy;
                }
            }

            return next;
        }
    }

    /// <summary>The whole content of a file as it reads now; null when there is none.</summary>
    public byte[]? Content(string path)
    {
        lock (_gate)
        {
            if (!_live.Files.TryGetValue(path, out var node)) return null;
            var bytes = new byte[node.Live.Length];
            node.Live.Read(0, bytes);
            return bytes;
        }
    }

    public IReadOnlyList<string> Paths()
    {
        lock (_gate) return [.. _live.Files.Keys.Order(StringComparer.Ordinal)];
    }

    public bool FileExists(string path)
    {
        lock (_gate) return _live.Files.ContainsKey(path);
    }

    public bool DirectoryExists(string path)
    {
        lock (_gate) return _live.Folders.Contains(path);
    }

    public IReadOnlyList<StorageEntry> List(string directory)
    {
        lock (_gate)
        {
            return
            [
                .. _live.Folders.Where(f => Path.GetDirectoryName(f) == directory).Select(static f => new StorageEntry(Path.GetFileName(f), true, 0)),
                .. _live.Files.Where(f => Path.GetDirectoryName(f.Key) == directory).Select(static f => new StorageEntry(Path.GetFileName(f.Key), false, f.Value.Live.Length)),
            ];
        }
    }

    public void CreateDirectory(string directory)
    {
        lock (_gate)
        {
            if (_live.Folders.Contains(directory)) return;
            if (Path.GetDirectoryName(directory) is { } parent) CreateDirectory(parent);
            Change(new NameChange(directory, names => names.Folders.Add(directory)));
        }
    }

    public IStorageFile Open(string path, bool create)
    {
        lock (_gate)
        {
            if (!_live.Files.TryGetValue(path, out var node))
            {
                if (!create) throw new FileNotFoundException($"There is no {path}.");
                if (!_live.Folders.Contains(Path.GetDirectoryName(path)!)) throw new DirectoryNotFoundException($"There is no folder for {path}.");
                node = new Node(path, new SparseBytes());
                var made = node;
                Change(new NameChange(path, names => names.Files[path] = made));
            }

            return new PowerLossFile(this, node);
        }
    }

    public void DeleteFile(string path)
    {
        lock (_gate)
        {
            if (_live.Files.ContainsKey(path)) Change(new NameChange(path, names => names.Files.Remove(path)));
        }
    }

    public void DeleteDirectory(string directory)
    {
        lock (_gate)
        {
            var inside = directory + Path.DirectorySeparatorChar;
            foreach (var file in _live.Files.Keys.Where(f => f.StartsWith(inside, StringComparison.Ordinal)).ToArray()) DeleteFile(file);
            foreach (var folder in _live.Folders.Where(f => f == directory || f.StartsWith(inside, StringComparison.Ordinal)).OrderByDescending(static f => f.Length).ToArray())
            {
                Change(new NameChange(folder, names => names.Folders.Remove(folder)));
            }
        }
    }

    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            if (!_live.Files.TryGetValue(from, out var node)) throw new FileNotFoundException($"There is no {from}.");
            Change(new NameChange(to, names =>
            {
                names.Files.Remove(from);
                names.Files[to] = node;
            }));
        }
    }

    public void FlushDirectory(string directory)
    {
        lock (_gate)
        {
            Count();
            foreach (var change in _changes.Where(c => Path.GetDirectoryName(c.Path) == directory).ToArray())
            {
                change.Apply(_durable);
                _changes.Remove(change);
            }
        }
    }

    public IDisposable? TryLock(string path)
    {
        lock (_gate) return _locks.Add(path) ? new PowerLossLock(this, path) : null;
    }

    private void Change(NameChange change)
    {
        Count();
        change.Apply(_live);
        _changes.Add(change);
    }

    private void Count()
    {
        _operations++;
        if (PowerOffAt > 0 && _operations >= PowerOffAt) throw new PoweredOffException();
    }

    internal void Write(Node node, long offset, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            var off = IsOff;
            _operations++;
            if (off) throw new PoweredOffException();
            var fail = FailWrite?.Invoke(node.Path) == true;
            var full = !fail && AllocatedBytes + bytes.Length > CapacityBytes;
            node.Change(new ContentChange(offset, (fail || full ? bytes[..(bytes.Length / 2)] : bytes).ToArray(), 0));
            if (full) throw new StorageFullException(node.Path);
            if (fail) throw new IOException($"Writing {node.Path} failed.");
            if (IsOff) throw new PoweredOffException();
        }
    }

    internal int Read(Node node, long offset, Span<byte> buffer)
    {
        lock (_gate) return node.Live.Read(offset, buffer);
    }

    internal long LengthOf(Node node)
    {
        lock (_gate) return node.Live.Length;
    }

    internal void SetLength(Node node, long length)
    {
        lock (_gate)
        {
            Count();
            node.Change(new ContentChange(0, null, length));
        }
    }

    internal void Flush(Node node)
    {
        BeforeFlush?.Invoke(node.Path);
        lock (_gate)
        {
            Count();
            Flushes++;
            if (FailFlush?.Invoke(node.Path) == true)
            {
                node.Forget();
                throw new IOException($"Flushing {node.Path} failed.");
            }

            node.Flush();
        }
    }

    internal void Unlock(string path)
    {
        lock (_gate) _locks.Remove(path);
    }
}
