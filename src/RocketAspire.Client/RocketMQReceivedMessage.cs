using System.Net;
using RocketAspire.Protocol.Messages;
using WireId = RocketAspire.Protocol.Messages.MessageId;

namespace RocketAspire.Client;

/// <summary>A message as a consumer gets it.</summary>
public sealed class RocketMQReceivedMessage
{
    private Dictionary<string, string>? _properties;
    private ReadOnlyMemory<byte> _body;
    private bool _unpacked;

    /// <param name="record">As it came over the wire.</param>
    /// <param name="brokerName">Whose queue it comes from.</param>
    /// <param name="ns">Taken off the topic's name; null: none.</param>
    internal RocketMQReceivedMessage(MessageRecord record, string brokerName, string? ns = null)
    {
        Record = record;
        Queue = new MessageQueue(record.Topic, brokerName, record.QueueId);
        // What comes again stands in the group's retry topic; applications know the topic that it was sent to.
        var origin = record.Topic.StartsWith(TopicNames.RetryPrefix, StringComparison.Ordinal) ? Property(MessageProperties.RetryTopic) : null;
        WireTopic = origin ?? record.Topic;
        Topic = Namespaces.Unwrap(ns, WireTopic);
        Tag = Property(MessageProperties.Tags);
        ReconsumeTimes = record.ReconsumeTimes;
    }

    /// <summary>The topic that it was sent to, without namespace.</summary>
    public string Topic { get; }

    public string? Tag { get; }

    /// <summary>Unpacked on first use.</summary>
    /// <exception cref="InvalidDataException">It is compressed and can't be unpacked.</exception>
    public ReadOnlyMemory<byte> Body
    {
        get
        {
            if (_unpacked) return _body;
            _body = MessageCompression.Decompress(Record.Body, Record.SysFlag);
            _unpacked = true;
            return _body;
        }
    }

    public IReadOnlyList<string> Keys => Property(MessageProperties.Keys)?.Split(MessageProperties.KeySeparator, StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>All properties, the client's and broker's own ones too.</summary>
    public IReadOnlyDictionary<string, string> Properties => _properties ??= MessageProperties.Parse(Record.Properties.Span);

    /// <summary>The id that its producer gave it (UNIQ_KEY), the same in every retry; the broker's id when it has none.</summary>
    public string MessageId => Property(MessageProperties.UniqKey) ?? OffsetMessageId;

    /// <summary>The id made by the broker from its address and the message's place in its log.</summary>
    public string OffsetMessageId => WireId.Create(Record.StoreHost, Record.PhysicalOffset);

    public string? ShardingKey => Property(MessageProperties.ShardingKey);

    /// <summary>Where it came from: of a retry, the group's retry topic.</summary>
    public MessageQueue Queue { get; }

    public long QueueOffset => Record.QueueOffset;

    /// <summary>How often it was consumed in vain before.</summary>
    public int ReconsumeTimes { get; internal set; }

    public int Flag => Record.Flag;

    /// <summary>By the producer's clock.</summary>
    public DateTimeOffset BornAt => DateTimeOffset.FromUnixTimeMilliseconds(Record.BornTimestamp);

    /// <summary>By the broker's clock.</summary>
    public DateTimeOffset StoredAt => DateTimeOffset.FromUnixTimeMilliseconds(Record.StoreTimestamp);

    public IPEndPoint BornHost => Record.BornHost;

    public IPEndPoint StoreHost => Record.StoreHost;

    /// <summary>As it came over the wire, body still compressed.</summary>
    public MessageRecord Record { get; }

    /// <summary>Its consumer is done with it. Under its queue's lock.</summary>
    internal bool Finished { get; set; }

    /// <summary>Its queue went on elsewhere: what becomes of it counts no more. Under its queue's lock.</summary>
    internal bool Abandoned { get; set; }

    /// <summary>The topic with its namespace.</summary>
    internal string WireTopic { get; }

    /// <summary>A message's body as its producer gave it.</summary>
    /// <exception cref="InvalidDataException">It is compressed and can't be unpacked.</exception>
    public static ReadOnlyMemory<byte> UnpackBody(MessageRecord record) => MessageCompression.Decompress(record.Body, record.SysFlag);

    /// <summary>One property's value, or null.</summary>
    public string? Property(string name) =>
        _properties is { } parsed ? parsed.GetValueOrDefault(name) : MessageProperties.Get(Record.Properties.Span, name);

    public override string ToString() => $"{MessageId} ({Queue} at {QueueOffset})";
}
