using RocketAspire.Console.Cluster;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Console.Messages;

/// <summary>A message in a list: without its body, of which a list of thousands would be gigabytes.</summary>
public sealed record MessageRow
{
    private const int ShownKeys = 200;

    public MessageRow(MessageRecord record)
    {
        var properties = MessageProperties.Parse(record.Properties.Span);
        Topic = record.Topic;
        OffsetId = MessageId.Create(record.StoreHost, record.PhysicalOffset);
        Id = FoundMessage.IdOf(properties) ?? OffsetId;
        Origin = FoundMessage.OriginOf(record, properties);
        RealTopic = properties.GetValueOrDefault(MessageProperties.RealTopic) ?? Origin;
        QueueId = record.QueueId;
        QueueOffset = record.QueueOffset;
        StoredAt = record.StoreTimestamp;
        Tag = Cut(properties.GetValueOrDefault(MessageProperties.Tags) ?? "");
        Keys = Cut(properties.GetValueOrDefault(MessageProperties.Keys) ?? "");
        Size = record.Body.Length;
        Retries = record.ReconsumeTimes;
        Mark = ResentMessages.MarkOf(record);
    }

    public string Topic { get; }

    /// <summary>The id that its producer gave it, else the broker's.</summary>
    public string Id { get; }

    public string OffsetId { get; }

    /// <summary>The topic that it was sent to, of a retry or dead letter too.</summary>
    public string Origin { get; }

    /// <summary>Where it goes when it has waited: of a retry that waits its group's retry topic.</summary>
    public string RealTopic { get; }

    public int QueueId { get; }

    public long QueueOffset { get; }

    /// <summary>Unix milliseconds.</summary>
    public long StoredAt { get; }

    public string Tag { get; }

    public string Keys { get; }

    /// <summary>In bytes, as it is stored.</summary>
    public int Size { get; }

    public int Retries { get; }

    /// <summary>What it is known by among those that were sent again.</summary>
    public string Mark { get; }

    private static string Cut(string text) => text.Length > ShownKeys ? text[..ShownKeys] + "…" : text;
}
