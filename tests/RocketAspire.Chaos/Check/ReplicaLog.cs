using System.Globalization;
using RocketAspire.Chaos.Load;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Chaos.Check;

/// <summary>One node's commit log, at rest.</summary>
internal interface IReplicaLog
{
    /// <summary>The node's name.</summary>
    string Node { get; }

    /// <summary>First bytes of its files, ascending.</summary>
    IReadOnlyList<long> FileStarts { get; }

    byte[] ReadFile(long start);
}

/// <summary>The files in a store's <c>commitlog</c> folder.</summary>
internal sealed class FileReplicaLog(string node, string folder) : IReplicaLog
{
    public string Node => node;

    public IReadOnlyList<long> FileStarts { get; } = Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder).Select(f => long.Parse(Path.GetFileName(f), CultureInfo.InvariantCulture)).Order()]
        : [];

    public byte[] ReadFile(long start) => File.ReadAllBytes(Path.Combine(folder, start.ToString("D20", CultureInfo.InvariantCulture)));
}

/// <summary>A record of the run's topic in a log.</summary>
internal readonly record struct LoggedMessage(QueueName Queue, StoredMessage Message);

/// <summary>What walking over a log's records found.</summary>
/// <param name="Start">First byte.</param>
/// <param name="End">Where the last whole record ends.</param>
/// <param name="Problem">Null when nothing but zeros follows.</param>
internal sealed record LogWalk(long Start, long End, string? Problem);

/// <summary>Walks over a log's records.</summary>
internal static class LogWalker
{
    /// <param name="log">The log.</param>
    /// <param name="group">Its <c>brokerName</c>.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="topic">The run's topic; other records are only stepped over.</param>
    /// <param name="onMessage">Called for each record of the topic, in order.</param>
    public static LogWalk Walk(IReplicaLog log, string group, int seed, string topic, Action<LoggedMessage> onMessage)
    {
        if (log.FileStarts.Count == 0) return new LogWalk(0, 0, null);
        var topicBytes = System.Text.Encoding.UTF8.GetBytes(topic);
        var at = log.FileStarts[0];
        foreach (var start in log.FileStarts)
        {
            if (start != at) return new LogWalk(log.FileStarts[0], at, $"a file begins at {start}, the one before it ends at {at}");
            var file = log.ReadFile(start);
            var used = WalkFile(file, start, record =>
            {
                if (!record.Topic.SequenceEqual(topicBytes)) return;
                MessageTag? tag = MessageBody.TryRead(seed, record.Body, out var read) ? read : null;
                onMessage(new LoggedMessage(new QueueName(group, record.QueueId), new StoredMessage(record.QueueOffset, record.PhysicalOffset, tag)));
            });
            at += used;
            if (used == file.Length) continue;
            var rest = file.AsSpan(used).IndexOfAnyExcept((byte)0);
            var problem = rest >= 0 ? $"no record, but bytes, at {at} (first at {at + rest})"
                : start != log.FileStarts[^1] ? $"the log ends at {at}, and a later file is there" : null;
            return new LogWalk(log.FileStarts[0], at, problem);
        }

        return new LogWalk(log.FileStarts[0], at, null);
    }

    private delegate void OnRecord(MessageRecordView record);

    private static int WalkFile(byte[] file, long start, OnRecord onRecord)
    {
        var at = 0;
        while (at < file.Length)
        {
            var status = MessageRecordView.Read(file.AsSpan(at), file.Length, out var size, out var record);
            if (status == RecordStatus.Blank && at + size == file.Length) return file.Length;
            if (status != RecordStatus.Ok || record.PhysicalOffset != start + at || !record.HasGoodCrc) return at;
            onRecord(record);
            at += size;
        }

        return at;
    }
}
