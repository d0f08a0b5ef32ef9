using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store.TestSupport;

namespace RocketAspire.Store.Tests;

/// <summary>Small stores on a device in memory.</summary>
internal static class StoreTesting
{
    public const string Root = "/store";
    public const string FirstLogFile = "/store/commitlog/00000000000000000000";

    private static readonly IPEndPoint Host = new(IPAddress.Loopback, 10911);

    public static StoreOptions Options { get; } = new()
    {
        RootDirectory = Root,
        CommitLogFileSizeBytes = 4096,
        ConsumeQueueFileSizeBytes = 20 * 8,
        MaxMessageSizeBytes = 2048,
        IndexSlots = 16,
        IndexEntries = 20,
        Flush = FlushDiskType.Sync,
        FlushIntervalMs = 5,
        CheckpointIntervalMs = 60_000,
        BootId = static () => "boot-1",
    };

    public static Task<MessageStore> OpenAsync(IStorageDevice device, StoreOptions? options = null, TimeProvider? time = null) =>
        MessageStore.OpenAsync(options ?? Options, device, time ?? TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);

    public static MessageRecord Message(string body, string topic = "T", int queueId = 0, string? tags = null, string? keys = null, string? uniqKey = null, int sysFlag = 0, string? delay = null)
    {
        var properties = new List<KeyValuePair<string, string>>();
        if (tags is not null) properties.Add(new(MessageProperties.Tags, tags));
        if (keys is not null) properties.Add(new(MessageProperties.Keys, keys));
        if (uniqKey is not null) properties.Add(new(MessageProperties.UniqKey, uniqKey));
        if (delay is not null) properties.Add(new(MessageProperties.Delay, delay));
        return new MessageRecord
        {
            Topic = topic,
            QueueId = queueId,
            SysFlag = sysFlag,
            BornTimestamp = 1,
            BornHost = Host,
            StoreHost = Host,
            Body = Encoding.UTF8.GetBytes(body),
            Properties = MessageProperties.Encode(properties),
        };
    }

    public static AppendResult AppendOk(this MessageStore store, MessageRecord message)
    {
        var result = store.Append(message);
        Assert.Equal(AppendStatus.Ok, result.Status);
        return result;
    }

    public static async Task<AppendResult> StoreAsync(this MessageStore store, MessageRecord message)
    {
        var result = store.AppendOk(message);
        Assert.True(await store.WaitFlushedAsync(result.EndOffset, TimeSpan.FromSeconds(20), CancellationToken.None));
        return result;
    }

    /// <summary>Bodies of a queue, in order.</summary>
    public static List<string> Bodies(this MessageStore store, string topic = "T", int queueId = 0)
    {
        var bodies = new List<string>();
        var at = store.QueueBounds(topic, queueId).Min;
        while (true)
        {
            var read = store.ReadQueue(topic, queueId, at, 32, 1 << 20, null);
            if (read.Status != QueueReadStatus.Found) return bodies;
            foreach (var record in MessageRecordCodec.DecodeAll(read.Body))
            {
                Assert.Equal(at++, record.QueueOffset);
                bodies.Add(Encoding.UTF8.GetString(record.Body.Span));
            }

            Assert.Equal(at, read.NextBeginOffset);
        }
    }

    public static Task SeesAsync(this MessageStore store, long max, string topic = "T", int queueId = 0) =>
        RocketAspire.TestSupport.Eventually.TrueAsync($"{topic}/{queueId} to show {max} messages", () => store.QueueBounds(topic, queueId).Max == max);

    /// <summary>Everything a reader could see of the store, for comparing two of them.</summary>
    public static string Picture(this MessageStore store)
    {
        var text = new StringBuilder();
        text.Append(store.MinPhysicalOffset).Append('-').Append(store.MaxPhysicalOffset).Append(';').AppendJoin(',', store.Terms.Entries).Append(';');
        foreach (var (topic, queueId) in store.Queues.Where(q => store.Bodies(q.Topic, q.QueueId).Count > 0).Order())
        {
            text.Append(topic).Append('/').Append(queueId).Append(store.QueueBounds(topic, queueId)).Append(':').AppendJoin(',', store.Bodies(topic, queueId)).Append(';');
        }

        return text.ToString();
    }

    public static byte[] LogBytes(this MessageStore store)
    {
        var bytes = new byte[store.MaxPhysicalOffset - store.MinPhysicalOffset];
        for (var at = 0; at < bytes.Length;)
        {
            var read = store.ReadRaw(store.MinPhysicalOffset + at, bytes.AsSpan(at));
            Assert.True(read > 0);
            at += read;
        }

        return bytes;
    }
}
