using System.Globalization;
using RocketAspire.Protocol.Messages;
using RocketAspire.Proxy.V2;
using Encoding = System.Text.Encoding;

namespace RocketAspire.Proxy;

/// <summary>A client's message as a broker gets it.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/producer/SendMessageActivity.java</remarks>
internal sealed class OutgoingMessage
{
    private readonly List<KeyValuePair<string, string>> _properties = [];

    private OutgoingMessage(Message message) => Body = message.Body.Memory;

    public ReadOnlyMemory<byte> Body { get; }

    public string MessageId { get; private set; } = "";

    /// <summary>Empty: none.</summary>
    public string Group { get; private set; } = "";

    /// <summary>What it is by its properties, whatever the client calls it.</summary>
    public MessageType Type { get; private set; } = MessageType.Normal;

    public int SysFlag { get; private set; }

    /// <summary>Unix milliseconds.</summary>
    public long BornTimestamp { get; private set; }

    public byte[] EncodeProperties() => MessageProperties.Encode(_properties);

    /// <summary>What is wrong with the message, or null.</summary>
    /// <param name="call">Who sends.</param>
    /// <param name="message">The message; its topic has been looked at.</param>
    /// <param name="options">Limits and the clock.</param>
    /// <param name="outgoing">The message when nothing is wrong.</param>
    public static Status? TryCreate(CallContext call, Message message, ProxyOptions options, out OutgoingMessage outgoing)
    {
        outgoing = new OutgoingMessage(message);
        if (message.Body.IsEmpty) return Statuses.Of(Code.MessageBodyEmpty, "message body cannot be empty");
        if (message.Body.Length > options.MaxMessageBytes) return Statuses.Of(Code.MessageBodyTooLarge, $"message body cannot exceed the max {options.MaxMessageBytes}");
        var system = message.SystemProperties ?? new SystemProperties();
        return outgoing.AddUserProperties(message, system) ?? outgoing.AddKind(system, options.Time) ?? outgoing.AddOrigin(call, message, system, options.Time);
    }

    private Status? AddUserProperties(Message message, SystemProperties system)
    {
        if (message.UserProperties.Count > Limits.MaxUserProperties)
            return Statuses.Of(Code.MessagePropertiesTooLarge, $"too many user properties, max is {Limits.MaxUserProperties}");
        var bytes = 0;
        foreach (var (name, value) in message.UserProperties)
        {
            if (ReservedProperties.Contains(name)) return Statuses.Of(Code.IllegalMessagePropertyKey, "property is used by system: " + name);
            if (Checks.HasControl(name)) return Statuses.Of(Code.IllegalMessagePropertyKey, "the key of property cannot contain control character");
            if (Checks.HasControl(value)) return Statuses.Of(Code.IllegalMessagePropertyKey, "the value of property cannot contain control character");
            bytes += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value);
            Add(name, value);
        }

        if (Checks.Tag(system.Tag) is { } wrongTag) return wrongTag;
        bytes += Encoding.UTF8.GetByteCount(system.Tag);
        Add(MessageProperties.Tags, system.Tag);
        foreach (var key in system.Keys)
        {
            if (Checks.Key(key) is { } wrongKey) return wrongKey;
            bytes += Encoding.UTF8.GetByteCount(key);
        }

        Add(MessageProperties.Keys, string.Join(MessageProperties.KeySeparator, system.Keys));
        return bytes > Limits.MaxUserPropertyBytes ? Statuses.Of(Code.MessagePropertiesTooLarge, $"the total size of user property is too large, max is {Limits.MaxUserPropertyBytes}") : null;
    }

    private Status? AddKind(SystemProperties system, TimeProvider time)
    {
        if (string.IsNullOrWhiteSpace(system.MessageId) || Checks.HasControl(system.MessageId)) return Statuses.Of(Code.IllegalMessageId, "message id cannot be empty");
        MessageId = system.MessageId;
        Add(MessageProperties.UniqKey, MessageId);
        if (system.BodyEncoding == V2.Encoding.Gzip) SysFlag |= MessageSysFlag.Compressed;
        if (Checks.MessageGroup(system.MessageGroup) is { } wrongGroup) return wrongGroup;
        Group = system.MessageGroup;
        if (Group.Length > 0) Type = MessageType.Fifo;
        Add(MessageProperties.ShardingKey, Group);
        if (system.DeliveryTimestamp is { } delivery)
        {
            var deliverMs = Milliseconds(delivery);
            if (deliverMs - time.GetUtcNow().ToUnixTimeMilliseconds() > Limits.MaxDelayMs)
                return Statuses.Of(Code.IllegalDeliveryTime, $"the max delay time of message is too large, max is {Limits.MaxDelayMs}");
            Type = MessageType.Delay;
            Add(MessageProperties.TimerDeliverMs, Text(deliverMs));
        }

        if (system.MessageType != MessageType.Transaction) return null;
        Type = MessageType.Transaction;
        SysFlag |= MessageSysFlag.TransactionPrepared;
        Add(MessageProperties.TransactionPrepared, "true");
        if (system.OrphanedTransactionRecoveryDuration is not { } recovery) return null;
        if (recovery.Seconds > Limits.MaxTransactionRecoverySeconds)
            return Statuses.Of(Code.BadRequest, $"the max transaction recovery time of message is too large, max is {Limits.MaxTransactionRecoverySeconds}");
        Add(MessageProperties.CheckImmunityTimeInSeconds, Text(recovery.Seconds));
        return null;
    }

    private Status? AddOrigin(CallContext call, Message message, SystemProperties system, TimeProvider time)
    {
        Add(MessageProperties.ReconsumeTime, Text(system.DeliveryAttempt));
        // Brokers ask about a transaction by its group: the topic's name.
        Add(MessageProperties.ProducerGroup, message.Topic.Name);
        if (Checks.HasControl(system.TraceContext) || Checks.HasControl(system.BornHost))
            return Statuses.Of(Code.IllegalMessagePropertyKey, "the value of property cannot contain control character");
        Add(ReservedProperties.TraceContext, system.TraceContext);
        Add(ReservedProperties.BornHost, string.IsNullOrWhiteSpace(system.BornHost) ? call.RemoteAddress : system.BornHost);
        BornTimestamp = system.BornTimestamp is { } born ? Milliseconds(born) : time.GetUtcNow().ToUnixTimeMilliseconds();
        Add(ReservedProperties.BornTimestamp, Text(BornTimestamp));
        return null;
    }

    private void Add(string name, string value)
    {
        if (name.Length > 0 && value.Length > 0) _properties.Add(new(name, value));
    }

    private static long Milliseconds(Google.Protobuf.WellKnownTypes.Timestamp timestamp) => unchecked((timestamp.Seconds * 1000) + (timestamp.Nanos / 1_000_000));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
