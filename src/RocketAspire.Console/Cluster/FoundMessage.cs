using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using RocketAspire.Client;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Console.Cluster;

/// <summary>A message as pages show it.</summary>
public sealed class FoundMessage
{
    /// <summary>No more of a body than this is shown: a page of ten megabytes helps nobody.</summary>
    public const int ShownBytes = 64 * 1024;

    public const int ShownHexBytes = 16 * 1024;

    // What the client and brokers set by themselves when it is sent again.
    private static readonly HashSet<string> Standard = new(StringComparer.Ordinal)
    {
        MessageProperties.Keys, MessageProperties.Tags, MessageProperties.Wait, MessageProperties.UniqKey, MessageProperties.Cluster, MessageProperties.MinOffset, MessageProperties.MaxOffset,
        MessageProperties.RetryTopic, MessageProperties.RealTopic, MessageProperties.RealQueueId, MessageProperties.OriginMessageId, MessageProperties.ReconsumeTime,
        MessageProperties.MaxReconsumeTimes, MessageProperties.Delay, MessageProperties.ProducerGroup, MessageProperties.TransactionPrepared, MessageProperties.ConsumeStartTime,
        MessageProperties.ShardingKey, MessageProperties.MsgRegion, MessageProperties.TraceSwitch, MessageProperties.InstanceId,
        MessageProperties.TransactionPreparedQueueOffset, MessageProperties.TransactionCheckTimes, MessageProperties.CheckImmunityTimeInSeconds, MessageProperties.TimerDelaySec,
        MessageProperties.TimerDelayMs, MessageProperties.TimerDeliverMs, MessageProperties.TimerOutMs, MessageProperties.TimerEnqueueMs, MessageProperties.TimerDequeueMs, MessageProperties.TimerDeleteUniqKey,
        MessageProperties.CorrelationId, MessageProperties.ReplyToClient, MessageProperties.Ttl, MessageProperties.MessageType, MessageProperties.ArriveTime, MessageProperties.PushReplyTime,
        MessageProperties.PopCheckPoint, MessageProperties.FirstPopTime, MessageProperties.TransferFlag, MessageProperties.CorrectionFlag, "DLQ_ORIGIN_TOPIC", "DLQ_ORIGIN_MESSAGE_ID",
    };

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public FoundMessage(MessageRecord record)
    {
        Record = record;
        Properties = MessageProperties.Parse(record.Properties.Span);
        try
        {
            Body = RocketMQReceivedMessage.UnpackBody(record);
        }
        catch (InvalidDataException e)
        {
            Body = record.Body;
            Problem = e.Message;
        }
    }

    public MessageRecord Record { get; }

    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Why the body is shown as it is stored.</summary>
    public string? Problem { get; }

    public IReadOnlyDictionary<string, string> Properties { get; }

    public string Id => IdOf(Properties) ?? OffsetId;

    /// <summary>Made by the broker from its address and the message's place in its log.</summary>
    public string OffsetId => MessageId.Create(Record.StoreHost, Record.PhysicalOffset);

    public string? Tag => Properties.GetValueOrDefault(MessageProperties.Tags);

    public IReadOnlyList<string> Keys => Properties.GetValueOrDefault(MessageProperties.Keys)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    public string OriginalTopic => OriginOf(Record, Properties);

    public IReadOnlyDictionary<string, string> OwnProperties => Properties.Where(static p => !IsStandard(p.Key)).ToDictionary(static p => p.Key, static p => p.Value);

    public DateTimeOffset StoredAt => DateTimeOffset.FromUnixTimeMilliseconds(Record.StoreTimestamp);

    public DateTimeOffset BornAt => DateTimeOffset.FromUnixTimeMilliseconds(Record.BornTimestamp);

    public bool IsCut => Body.Length > ShownBytes;

    /// <summary>Of a body in full its first bytes.</summary>
    public string Text => field ??= Encoding.UTF8.GetString(Shown(ShownBytes));

    /// <summary>Null when the body is no JSON, or too long to be shown as a whole.</summary>
    public string? Json
    {
        get
        {
            if (IsCut) return null;
            try
            {
                using var document = JsonDocument.Parse(Body);
                return JsonSerializer.Serialize(document, Indented);
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    /// <summary>The first bytes, fewer than of text: each takes the room of five.</summary>
    public string Hex => field ??= ToHex(Shown(ShownHexBytes));

    /// <summary>A property that clients and brokers set themselves.</summary>
    public static bool IsStandard(string name) => Standard.Contains(name) || name.StartsWith("__", StringComparison.Ordinal);

    /// <summary>The id that its producer gave it.</summary>
    public static string? IdOf(IReadOnlyDictionary<string, string> properties) => properties.GetValueOrDefault(MessageProperties.UniqKey);

    /// <summary>The topic that it was sent to: of a retry, dead letter, delayed or half message not the one it stands in.</summary>
    public static string OriginOf(MessageRecord record, IReadOnlyDictionary<string, string> properties) =>
        properties.GetValueOrDefault(MessageProperties.RetryTopic)
            ?? (record.Topic.StartsWith(TopicNames.DlqPrefix, StringComparison.Ordinal) ? properties.GetValueOrDefault("DLQ_ORIGIN_TOPIC") : null)
            ?? (TopicNames.IsSystem(record.Topic) ? properties.GetValueOrDefault(MessageProperties.RealTopic) : null)
            ?? record.Topic;

    private ReadOnlySpan<byte> Shown(int most) => Body.Span[..Math.Min(Body.Length, most)];

    private static string ToHex(ReadOnlySpan<byte> shown)
    {
        var text = new StringBuilder();
        for (var at = 0; at < shown.Length; at += 16)
        {
            var row = shown.Slice(at, Math.Min(16, shown.Length - at));
            text.Append(CultureInfo.InvariantCulture, $"{at:x6}  ");
            foreach (var value in row) text.Append(CultureInfo.InvariantCulture, $"{value:x2} ");
            text.Append(' ', (16 - row.Length) * 3 + 1);
            foreach (var value in row) text.Append(value is >= 32 and < 127 ? (char)value : '.');
            text.Append('\n');
        }

        return text.ToString();
    }
}
