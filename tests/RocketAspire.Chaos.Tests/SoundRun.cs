using System.Buffers.Binary;
using System.Net;
using RocketAspire.Chaos.Check;
using RocketAspire.Chaos.Load;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Chaos.Tests;

/// <summary>
/// A run as a faultless cluster would leave it, made up from a seed: every outcome of a send, answers that overlap in time,
/// logs of several files. Its parts can be changed before they are judged.
/// </summary>
internal sealed class SoundRun
{
    public const string Topic = "Chaos";
    public const string Group = "broker-a";
    private const int Queues = 2;
    private const int Producers = 3;
    private const int Messages = 300;
    // Of a record with IPv4 hosts.
    private const int BodyPosition = 88;
    private const int FileSize = 16 * 1024;
    private static readonly IPEndPoint Nowhere = new(IPAddress.Loopback, 1);

    private readonly int _seed;
    private readonly Random _random;
    private readonly List<MessageRecord> _records = [];
    private readonly MemoryLog _log = new("broker-a", FileSize);
    private readonly long[] _next = new long[Queues];

    public SoundRun(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        var now = TimeSpan.Zero;
        for (var i = 0; i < Messages; i++)
        {
            now += TimeSpan.FromMilliseconds(_random.Next(1, 20));
            Send(new MessageTag(i % Producers, i / Producers), now);
        }

        Views = [View(), View()];
        Logs = [_log, _log.Copy("broker-a-s")];
        Seen = Views[0].ToDictionary(static v => v.Key, static v => v.Value.ToDictionary(static m => m.QueueOffset, static m => m.Tag!.Value));
    }

    public List<SendAttempt> Sends { get; } = [];

    /// <summary>Of each node, by queue.</summary>
    public List<Dictionary<QueueName, List<StoredMessage>>> Views { get; }

    public List<MemoryLog> Logs { get; }

    public Dictionary<QueueName, Dictionary<long, MessageTag>> Seen { get; }

    public bool ReadsArePermanent { get; set; } = true;

    public IReadOnlyList<Violation> Judge() => Checker.Check(new History
    {
        Seed = _seed,
        Topic = Topic,
        Sends = Sends,
        Consumers = [.. Seen.Select(static s => new ConsumerView("readers", s.Key, s.Value, [], [], []))],
        Views = [.. Views.SelectMany((node, i) => node.Select(q => new QueueView(Logs[i].Node, q.Key, q.Value)))],
        Logs = [new GroupLogs(Group, _log.End, [.. Logs], ReadsArePermanent)],
    });

    /// <summary>Any message with that outcome.</summary>
    public SendAttempt Any(SendOutcome outcome, Random random)
    {
        var all = Sends.Where(s => s.Outcome == outcome).ToList();
        return all[random.Next(all.Count)];
    }

    /// <summary>Any byte of the message's body, as a place in the log.</summary>
    public long InBodyOf(SendAttempt send, Random random)
    {
        var record = _records.Single(r => r.PhysicalOffset == send.PhysicalOffset);
        return send.PhysicalOffset + BodyPosition + random.Next(record.Body.Length);
    }

    private void Send(MessageTag tag, TimeSpan now)
    {
        var queue = new QueueName(Group, _random.Next(Queues));
        var send = new SendAttempt(tag, queue, "127.0.0.1:10911", now) { AnsweredAt = now + TimeSpan.FromMilliseconds(_random.Next(1, 40)) };
        switch (_random.Next(10))
        {
            case 0:
                Sends.Add(send with { Outcome = SendOutcome.Refused, Code = 14 });
                break;
            case 1:
                Sends.Add(send with { Outcome = SendOutcome.Uncertain });
                if (_random.Next(2) == 0) Store(send);
                break;
            case 2:
                Sends.Add(Store(send) with { Outcome = SendOutcome.NotSafe, Code = 11 });
                break;
            default:
                Sends.Add(Store(send) with { Outcome = SendOutcome.Acknowledged, Code = 0 });
                break;
        }
    }

    private SendAttempt Store(SendAttempt send)
    {
        var record = new MessageRecord
        {
            Topic = Topic,
            QueueId = send.Queue.Id,
            QueueOffset = _next[send.Queue.Id]++,
            BornHost = Nowhere,
            StoreHost = Nowhere,
            Body = MessageBody.Create(_seed, send.Tag, _random.Next(MessageBody.MinSize, 300)),
        };
        _log.Append(record);
        _records.Add(record);
        return send with { QueueOffset = record.QueueOffset, PhysicalOffset = record.PhysicalOffset };
    }

    private Dictionary<QueueName, List<StoredMessage>> View()
    {
        var view = Enumerable.Range(0, Queues).ToDictionary(static q => new QueueName(Group, q), static _ => new List<StoredMessage>());
        LogWalker.Walk(_log, Group, _seed, Topic, m => view[m.Queue].Add(m.Message));
        return view;
    }
}

/// <summary>A commit log in memory.</summary>
internal sealed class MemoryLog(string node, int fileSize) : IReplicaLog
{
    private readonly List<byte[]> _files = [];

    public string Node => node;

    public long End { get; private set; }

    public IReadOnlyList<long> FileStarts => [.. Enumerable.Range(0, _files.Count).Select(i => (long)i * fileSize)];

    public byte[] ReadFile(long start) => _files[(int)(start / fileSize)];

    public void Append(MessageRecord record)
    {
        var size = MessageRecordCodec.Measure(record);
        var room = fileSize - (int)(End % fileSize);
        if (_files.Count > 0 && End % fileSize != 0 && size + 8 > room)
        {
            var blank = _files[^1].AsSpan(fileSize - room);
            BinaryPrimitives.WriteInt32BigEndian(blank, room);
            BinaryPrimitives.WriteInt32BigEndian(blank[4..], MessageRecordCodec.BlankMagic);
            End += room;
        }

        if (End % fileSize == 0) _files.Add(new byte[fileSize]);
        record.PhysicalOffset = End;
        MessageRecordCodec.Encode(record, _files[^1].AsSpan((int)(End % fileSize)));
        End += size;
    }

    public void Flip(long at, byte bits) => _files[(int)(at / fileSize)][at % fileSize] ^= bits;

    public byte At(long at) => _files[(int)(at / fileSize)][at % fileSize];

    /// <summary>Zeros from there on, as a log that ends there has them.</summary>
    public void CutTo(long end)
    {
        _files.RemoveRange((int)(end / fileSize) + 1, _files.Count - (int)(end / fileSize) - 1);
        _files[^1].AsSpan((int)(end % fileSize)).Clear();
    }

    public MemoryLog Copy(string name)
    {
        var copy = new MemoryLog(name, fileSize) { End = End };
        copy._files.AddRange(_files.Select(static f => (byte[])f.Clone()));
        return copy;
    }
}
