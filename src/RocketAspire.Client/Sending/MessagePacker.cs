using System.Diagnostics;
using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>Makes messages ready for the wire: checks, ids, properties, compression, namespace.</summary>
internal sealed class MessagePacker(RocketMQProducerOptions options, UniqueIds ids)
{
    /// <exception cref="ArgumentException">No broker takes such a message.</exception>
    public OutgoingMessage Pack(RocketMQMessage message)
    {
        MessageRules.CheckForProducer(message, options.MaxMessageBytes);
        var id = ids.Next();
        var (body, sysFlag) = Shrink(message.Body);
        return new OutgoingMessage
        {
            Topic = Namespaces.Wrap(options.Namespace, message.Topic),
            Id = id,
            Messages = [message],
            Body = body,
            Properties = WithInstance([.. MessageRules.PropertiesOf(message, id)]),
            Flag = message.Flag,
            SysFlag = sysFlag,
        };
    }

    /// <summary>Messages in one request: stored one behind the other in one queue, all or none.</summary>
    /// <exception cref="ArgumentException">No broker takes such a batch.</exception>
    public OutgoingMessage Pack(IReadOnlyList<RocketMQMessage> messages)
    {
        if (messages.Count == 0) throw new ArgumentException("a batch needs at least one message", nameof(messages));
        var first = messages[0];
        if (first.Topic.StartsWith(TopicNames.RetryPrefix, StringComparison.Ordinal)) throw new ArgumentException("a batch can't go to a retry topic", nameof(messages));
        var caller = !options.DisableTracing && ClientTelemetry.IsListening ? Activity.Current : null;
        var encoded = new List<BatchMessage>(messages.Count);
        var messageIds = new List<string>(messages.Count);
        foreach (var message in messages)
        {
            MessageRules.CheckForProducer(message, options.MaxMessageBytes);
            if (message.Topic != first.Topic) throw new ArgumentException($"a batch has one topic, not both {first.Topic} and {message.Topic}", nameof(messages));
            if (message.WaitUntilStored != first.WaitUntilStored) throw new ArgumentException("in a batch all messages wait until they are stored, or none", nameof(messages));
            if (message.DelayLevel is not null || message.DeliverAt is not null || message.DeliverAfter is not null)
                throw new ArgumentException("messages of a batch can't be delayed", nameof(messages));
            var id = ids.Next();
            messageIds.Add(id);
            List<KeyValuePair<string, string>> own = WithInstance([.. MessageRules.PropertiesOf(message, id)]);
            // Their bodies are packed before the batch's own span begins: they belong to their caller's.
            if (caller is not null) TelemetryObserver.Inject(caller, own);
            var properties = Encoding.UTF8.GetBytes(MessageRules.Text(own));
            encoded.Add(new(message.Flag, message.Body, properties));
        }

        var body = BatchMessageCodec.Encode(encoded);
        if (body.Length > options.MaxMessageBytes)
            throw new ArgumentException($"a batch of {body.Length} bytes is larger than {options.MaxMessageBytes}: split it with RocketMQBatch.Split", nameof(messages));
        return new OutgoingMessage
        {
            Topic = Namespaces.Wrap(options.Namespace, first.Topic),
            Id = string.Join(',', messageIds),
            Messages = messages,
            Body = body,
            Properties = [new(MessageProperties.UniqKey, ids.Next()), new(MessageProperties.Wait, first.WaitUntilStored ? "true" : "false")],
            IsBatch = true,
        };
    }

    private (ReadOnlyMemory<byte> Body, int SysFlag) Shrink(ReadOnlyMemory<byte> body)
    {
        if (body.Length < options.CompressFromBytes) return (body, 0);
        var (packed, sysFlag) = MessageCompression.Compress(body, options.Compression);
        // What doesn't get smaller stays as it is; Apache sends the larger one.
        return packed.Length < body.Length ? (packed, sysFlag) : (body, 0);
    }

    private List<KeyValuePair<string, string>> WithInstance(List<KeyValuePair<string, string>> properties)
    {
        if (options.Namespace is { Length: > 0 } ns) properties.Add(new(MessageProperties.InstanceId, ns));
        return properties;
    }
}
