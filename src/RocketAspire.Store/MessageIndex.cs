using System.Globalization;
using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>Finds messages by KEYS and UNIQ_KEY: a row of hash files named by their time of creation.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/index/IndexService.java</remarks>
internal sealed class MessageIndex(IStorageDevice device, string directory, StoreOptions options, TimeProvider time) : IDisposable
{
    private const string NameFormat = "yyyyMMddHHmmssfff";

    private readonly Lock _gate = new();
    private readonly List<IndexFile> _files = [];
    private bool _namesDirty;

    /// <summary>Store time up to which whole files are indexed: what Apache's checkpoint keeps.</summary>
    public long FullTimestamp { get; private set; }

    /// <summary>Entries in all files.</summary>
    public long EntryTotal
    {
        get
        {
            lock (_gate)
            {
                long total = 0;
                foreach (var file in _files) total += file.Count - 1;
                return total;
            }
        }
    }

    /// <summary>First record of the newest file; -1 without one.</summary>
    public long LastBegin
    {
        get
        {
            lock (_gate)
            {
                return _files is [.., var last] ? last.BeginPhysical : -1;
            }
        }
    }

    /// <summary>First record of the newest file that begins before the offset: the file that a cut there changes. -1 without one.</summary>
    public long BeginBefore(long physicalOffset)
    {
        lock (_gate)
        {
            return _files.FindLast(f => f.BeginPhysical < physicalOffset)?.BeginPhysical ?? -1;
        }
    }

    /// <summary>Store time and physical offset of the last record in the index.</summary>
    public (long StoreTimestamp, long PhysicalOffset) End
    {
        get
        {
            lock (_gate)
            {
                return _files is [.., { Count: > 1 } last] ? (last.EndTimestamp, last.EndPhysical) : default;
            }
        }
    }

    /// <summary>Last record in the index; -1 when it is empty.</summary>
    public long EndPhysical
    {
        get
        {
            lock (_gate)
            {
                return _files is [.., { Count: > 1 } last] ? last.EndPhysical : -1;
            }
        }
    }

    public void Open()
    {
        var entries = new List<StorageEntry>(device.List(directory));
        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (var entry in entries)
        {
            if (entry.IsDirectory || entry.Name.Length != NameFormat.Length || !long.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out _)) continue;
            _files.Add(new IndexFile(device.Open(Path.Combine(directory, entry.Name), create: false), entry.Name, options.IndexSlots, options.IndexEntries));
        }

        for (var i = 0; i < _files.Count - 1; i++) FullTimestamp = Math.Max(FullTimestamp, _files[i].EndTimestamp);
    }

    /// <summary>Enters a record's keys; the lock on the log's order is the dispatcher's.</summary>
    /// <param name="keyHash">Java's hash of "topic#".</param>
    /// <param name="record">A rolled back transaction gets no entry.</param>
    public void Put(int keyHash, MessageRecordView record)
    {
        if (MessageSysFlag.TransactionOf(record.SysFlag) == MessageSysFlag.TransactionRollback) return;
        var properties = record.Properties;
        var keys = default(ReadOnlySpan<byte>);
        var uniqKey = default(ReadOnlySpan<byte>);
        while (MessageProperties.Next(ref properties, out var name, out var value))
        {
            if (name.SequenceEqual("KEYS"u8)) keys = value;
            else if (name.SequenceEqual("UNIQ_KEY"u8)) uniqKey = value;
        }

        if (uniqKey.IsEmpty && keys.IsEmpty) return;
        lock (_gate)
        {
            if (!uniqKey.IsEmpty) PutKey(HashOf(keyHash, uniqKey), record.PhysicalOffset, record.StoreTimestamp);
            foreach (var part in keys.Split((byte)MessageProperties.KeySeparator))
            {
                if (!keys[part].IsEmpty) PutKey(HashOf(keyHash, keys[part]), record.PhysicalOffset, record.StoreTimestamp);
            }
        }
    }

    public List<long> Find(string topic, string key, int max, long beginMs, long endMs)
    {
        var hash = Positive(JavaString.Continue(JavaString.Continue(JavaString.HashCode(topic), "#"), key));
        var found = new List<long>();
        lock (_gate)
        {
            for (var i = _files.Count - 1; i >= 0 && found.Count < max; i--)
            {
                var file = _files[i];
                if (file.Count > 1 && beginMs <= file.EndTimestamp && endMs >= file.BeginTimestamp) file.Find(hash, beginMs, endMs, max, found);
                if (file.BeginTimestamp < beginMs) break;
            }
        }

        return found;
    }

    /// <summary>Forgets records from the offset on. False: it could not, and everything from the answered offset on is forgotten instead.</summary>
    public bool Cut(long physicalOffset, Func<long, long> storeTimestampOf, out long forgottenFrom)
    {
        forgottenFrom = physicalOffset;
        lock (_gate)
        {
            while (_files is [.., var last])
            {
                if (last.Count > 1 && last.BeginPhysical < physicalOffset)
                {
                    if (last.Cut(physicalOffset, storeTimestampOf)) return true;
                    forgottenFrom = last.BeginPhysical;
                    DropLast();
                    return false;
                }

                DropLast();
            }

            return true;
        }
    }

    /// <summary>Deletes the files that begin at or after the record: after a loss of power the newest file can't be trusted.</summary>
    public void DropFrom(long beginPhysical)
    {
        lock (_gate)
        {
            while (_files is [.., var last] && (last.BeginPhysical >= beginPhysical || last.Count <= 1)) DropLast();
        }
    }

    /// <summary>Deletes files that end later than the time; answers the last record still in the index, or -1.</summary>
    public long DropNewerThan(long endTimestamp)
    {
        lock (_gate)
        {
            while (_files is [.., var last] && (last.EndTimestamp > endTimestamp || last.Count <= 1)) DropLast();
        }

        return EndPhysical;
    }

    /// <summary>Deletes files whose last record lies before the offset, never the newest.</summary>
    public void DeleteBefore(long physicalOffset)
    {
        lock (_gate)
        {
            while (_files is [var first, _, ..] && first.EndPhysical < physicalOffset)
            {
                _files.RemoveAt(0);
                first.Dispose();
                device.DeleteFile(Path.Combine(directory, first.Name));
                _namesDirty = true;
            }
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            while (_files.Count > 0) DropLast();
        }
    }

    /// <summary>Hands everything to the files; what changes later doesn't count for the checkpoint that asks.</summary>
    public void WriteOut()
    {
        lock (_gate)
        {
            foreach (var file in _files)
            {
                if (file.HasPending) file.WriteOut();
            }
        }
    }

    /// <summary>Makes durable what was written out.</summary>
    public void Flush()
    {
        IndexFile[] files;
        bool names;
        lock (_gate)
        {
            // Full files were made durable when their successor came.
            files = _files is [.., var last] ? [last] : [];
            names = _namesDirty;
            _namesDirty = false;
        }

        foreach (var file in files)
        {
            try
            {
                file.Flush();
            }
            catch (ObjectDisposedException)
            {
                // Cut away meanwhile.
            }
        }

        if (names) device.FlushDirectory(directory);
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    private static int HashOf(int keyHash, ReadOnlySpan<byte> key)
    {
        Span<char> chars = key.Length <= 256 ? stackalloc char[key.Length] : new char[key.Length];
        return Positive(JavaString.Continue(keyHash, chars[..Encoding.UTF8.GetChars(key, chars)]));
    }

    private static int Positive(int hash) => hash == int.MinValue ? 0 : Math.Abs(hash);

    private void PutKey(int hash, long physicalOffset, long storeTimestamp)
    {
        if (_files is not [.., { IsFull: false }]) AddFile();
        _files[^1].Put(hash, physicalOffset, storeTimestamp);
    }

    private void AddFile()
    {
        if (_files is [.., var full])
        {
            full.WriteOut();
            full.Flush();
            FullTimestamp = full.EndTimestamp;
        }

        var now = time.GetLocalNow();
        var name = now.ToString(NameFormat, CultureInfo.InvariantCulture);
        // Names sort by age also when the clock went back, or two files came in one millisecond.
        if (_files is [.., var newest] && string.CompareOrdinal(name, newest.Name) <= 0)
        {
            name = DateTime.ParseExact(newest.Name, NameFormat, CultureInfo.InvariantCulture).AddMilliseconds(1).ToString(NameFormat, CultureInfo.InvariantCulture);
        }

        _files.Add(new IndexFile(device.Open(Path.Combine(directory, name), create: true), name, options.IndexSlots, options.IndexEntries));
        _namesDirty = true;
    }

    private void DropLast()
    {
        var last = _files[^1];
        _files.RemoveAt(_files.Count - 1);
        last.Dispose();
        device.DeleteFile(Path.Combine(directory, last.Name));
        _namesDirty = true;
    }
}
