using System.Buffers.Binary;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>The one log: gives each record its place and writes it once.</summary>
/// <remarks>
/// An append encodes into the log's own scratch and makes one pwrite, all under one lock: about 3 µs for 1 KiB, so the
/// lock is no bottleneck, and what was answered is in the page cache. A record never crosses a file: a blank record of
/// 8 bytes claims the rest when less than the record and another 8 bytes are left, as at Apache.
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/CommitLog.java
/// </remarks>
internal sealed class CommitLog(FileSeries files, StoreOptions options, TimeProvider time, TermTable terms)
{
    /// <summary>The least room that must be left behind a record: that of the blank record's head.</summary>
    public const int BlankHeadSize = 8;

    /// <summary>What a record may take beyond its body, as Apache's encoder allows.</summary>
    public const int MaxOverhead = 64 * 1024;

    private const int Ungated = -1;
    private const int Shut = 0;

    private readonly AppendRules _rules = new(options, files.FileSize);
    private readonly QueueOffsets _next = new();
    private readonly ReplicaTail _replica = new(MaxRecordSizeOf(options));
    private byte[] _scratch = new byte[4096];

    // One past the last whole record. Written under the lock, after the bytes.
    private long _max;
    private AppendStatus _refusal = AppendStatus.Ok;

    // The term in which producers may append. Ungated: always, there is no consensus here. Shut: not at all. Guarded by Gate.
    private int _openTerm = Ungated;
    private TaskCompletionSource? _appended;

    /// <summary>Guards appends, copies and cuts.</summary>
    public Lock Gate { get; } = new();

    public FileSeries Files => files;

    public long Min => files.MinOffset;

    public long Max => Volatile.Read(ref _max);

    /// <summary>One past the last byte received from a master; beyond <see cref="Max"/> stands part of a record.</summary>
    public long RawEnd => Max + _replica.PartialLength;

    /// <summary>Largest record that is read from this log.</summary>
    public int MaxRecordSize { get; } = MaxRecordSizeOf(options);

    /// <summary>Called after each append or copy, outside the lock.</summary>
    public Action? Appended { get; set; }

    /// <summary>Called when a failed write could not be undone: then nothing more may be stored.</summary>
    public Action<Exception>? Broken { get; set; }

    public AppendResult Append(MessageRecord message) => Append(new ReadOnlySpan<MessageRecord>(in message));

    /// <summary>Appends messages of one queue side by side in one file; all or none.</summary>
    public AppendResult Append(ReadOnlySpan<MessageRecord> messages)
    {
        var status = _rules.Check(messages, out var total);
        if (status != AppendStatus.Ok) return AppendResult.Failed(status);
        AppendResult result;
        lock (Gate)
        {
            result = AppendLocked(messages, total);
        }

        if (result.IsOk) Publish();
        return result;
    }

    /// <summary>No producer appends from now on, until a term is opened. Copies of a leader's bytes go on.</summary>
    public void CloseAppends()
    {
        lock (Gate)
        {
            _openTerm = Shut;
        }
    }

    /// <summary>Writes the term's marker and lets producers in behind it, in one.</summary>
    public AppendResult OpenAppends(int term, MessageRecord marker)
    {
        ReadOnlySpan<MessageRecord> messages = new(in marker);
        var status = _rules.Check(messages, out var total);
        if (status != AppendStatus.Ok) return AppendResult.Failed(status);
        AppendResult result;
        lock (Gate)
        {
            if (term < terms.Last) throw new ArgumentOutOfRangeException(nameof(term), term, $"The log has term {terms.Last} already.");
            _openTerm = term;
            result = AppendLocked(messages, total);
            if (!result.IsOk) _openTerm = Shut;
        }

        if (result.IsOk) Publish();
        return result;
    }

    /// <summary>Copies a master's bytes to the end; see <see cref="MessageStore.AppendRaw"/>.</summary>
    public void AppendRaw(long physicalOffset, ReadOnlySpan<byte> bytes)
    {
        lock (Gate)
        {
            if (_refusal != AppendStatus.Ok) throw new StoreException($"The store takes no more bytes ({_refusal}).");
            if (_openTerm > Shut) throw new InvalidOperationException($"The log is open for the producers of term {_openTerm}: nobody else may write to it.");
            var end = Max + _replica.PartialLength;
            if (physicalOffset != end && !(files.IsEmpty && end == 0 && physicalOffset % files.FileSize == 0))
            {
                throw new ReplicaStreamException($"The master sends from {physicalOffset}, this log ends at {end}.");
            }

            if (files.IsEmpty) Volatile.Write(ref _max, physicalOffset);
            CopyLocked(physicalOffset, bytes);
        }

        Publish();
    }

    /// <summary>No more appends from now on, for this reason.</summary>
    public void Refuse(AppendStatus why)
    {
        lock (Gate)
        {
            if (_refusal == AppendStatus.Ok) _refusal = why;
        }
    }

    /// <summary>Sets the end after recovery, or a cut; the lock is held (or nobody else there yet).</summary>
    public void SetEnd(long end)
    {
        _replica.Clear();
        Volatile.Write(ref _max, end);
    }

    /// <summary>The table of next queue offsets; only under the lock.</summary>
    public QueueOffsets NextOffsets => _next;

    /// <summary>Completes when the log ends beyond the offset.</summary>
    public async ValueTask WaitForAppendAsync(long physicalOffset, CancellationToken ct)
    {
        while (Max <= physicalOffset)
        {
            TaskCompletionSource waiter;
            lock (Gate)
            {
                if (Max > physicalOffset) return;
                waiter = _appended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            await waiter.Task.WaitAsync(ct);
        }
    }

    private AppendResult AppendLocked(ReadOnlySpan<MessageRecord> messages, int total)
    {
        if (_refusal != AppendStatus.Ok) return AppendResult.Failed(_refusal);
        if (_openTerm == Shut) return AppendResult.Failed(AppendStatus.NotLeader);
        try
        {
            DropPartial();
            if (MakeRoom(total + (_openTerm == Ungated ? 0 : TermMarker.RoomBehind(messages[0]))) is { } failure) return AppendResult.Failed(failure);
        }
        catch (IOException e)
        {
            return AppendResult.Failed(StatusOf(e));
        }

        var first = messages[0];
        var queue = new QueueKey(first.Topic, first.QueueId);
        var queued = QueueOffsets.IsQueued(first.SysFlag);
        var queueOffset = queued ? _next.Next(queue) : 0;
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var start = _max;
        Encode(messages, total, start, queueOffset, queued, now);
        if (!TryWrite(start, _scratch.AsSpan(0, total), out var status)) return AppendResult.Failed(status);
        if (queued) _next.Set(queue, queueOffset + messages.Length);
        LogMarker.Read(first.Topic, first.Body.Span, start)?.Apply(terms, _next);
        Volatile.Write(ref _max, start + total);
        return new AppendResult(AppendStatus.Ok, start, start + total, queueOffset, now, terms.Last);
    }

    /// <summary>A replica that becomes master drops the part of a record that its old master didn't finish.</summary>
    private void DropPartial()
    {
        if (_replica.PartialLength == 0) return;
        files.CutTo(_max);
        _replica.Clear();
    }

    /// <summary>Fills the file's end and opens the next one when the records don't fit.</summary>
    private AppendStatus? MakeRoom(int total)
    {
        if (total + BlankHeadSize > files.FileSize) return AppendStatus.MessageTooLarge;
        var room = files.FileSize - (_max % files.FileSize);
        if (total + BlankHeadSize > room)
        {
            Span<byte> blank = stackalloc byte[BlankHeadSize];
            BinaryPrimitives.WriteInt32BigEndian(blank, (int)Math.Min(room, int.MaxValue));
            BinaryPrimitives.WriteInt32BigEndian(blank[4..], MessageRecordCodec.BlankMagic);
            files.Ensure(_max);
            if (!TryWrite(_max, blank, out var status)) return status;
            Volatile.Write(ref _max, _max + room);
        }

        files.Ensure(_max);
        return null;
    }

    private void Encode(ReadOnlySpan<MessageRecord> messages, int total, long start, long queueOffset, bool queued, long now)
    {
        if (_scratch.Length < total) _scratch = new byte[total];
        var at = 0;
        foreach (var m in messages)
        {
            m.QueueOffset = queueOffset;
            m.PhysicalOffset = start + at;
            m.StoreTimestamp = now;
            at += MessageRecordCodec.Encode(m, _scratch.AsSpan(at));
            if (queued) queueOffset++;
        }
    }

    /// <summary>Writes at the end. After an error the file reads as before, or the log is broken for good.</summary>
    private bool TryWrite(long offset, ReadOnlySpan<byte> bytes, out AppendStatus status)
    {
        status = AppendStatus.Ok;
        try
        {
            files.Write(offset, bytes);
            return true;
        }
        catch (IOException e)
        {
            status = StatusOf(e);
            try
            {
                // A part may stand there, even a whole record: it must not come to life at the next recovery.
                files.CutTo(offset);
            }
            catch (IOException undo)
            {
                _refusal = status = AppendStatus.Poisoned;
                Broken?.Invoke(undo);
            }

            return false;
        }
    }

    private void CopyLocked(long physicalOffset, ReadOnlySpan<byte> bytes)
    {
        // Judged before it is written: a wrong byte from the wire never reaches the disk.
        var plan = _replica.Accept(_max, files.FileSize, bytes);
        var from = physicalOffset;
        var rest = bytes;
        while (!rest.IsEmpty)
        {
            files.Ensure(from);
            var part = (int)Math.Min(rest.Length, files.FileSize - (from % files.FileSize));
            if (!TryWrite(from, rest[..part], out var status)) throw new StoreException($"Copying from the master failed at {from}: {status}.");
            from += part;
            rest = rest[part..];
        }

        foreach (var seen in plan.Records)
        {
            if (seen.Queued) _next.Set(seen.Queue, seen.QueueOffset + 1);
            seen.Marker?.Apply(terms, _next);
        }

        _replica.Commit(plan, bytes);
        Volatile.Write(ref _max, plan.End);
    }

    private void Publish()
    {
        TaskCompletionSource? waiter = null;
        if (Volatile.Read(ref _appended) is not null)
        {
            lock (Gate)
            {
                waiter = _appended;
                _appended = null;
            }
        }

        waiter?.SetResult();
        Appended?.Invoke();
    }

    // Not the setting alone: it may have been larger when the record was written. No frame carries more than 16 MiB.
    private static int MaxRecordSizeOf(StoreOptions options) => Math.Max(options.MaxMessageSizeBytes, 1 << 24) + MaxOverhead;

    private static AppendStatus StatusOf(IOException e) => e is StorageFullException ? AppendStatus.DiskFull : AppendStatus.WriteFailed;
}
