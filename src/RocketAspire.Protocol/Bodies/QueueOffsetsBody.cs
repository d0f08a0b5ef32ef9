namespace RocketAspire.Protocol.Bodies;

/// <summary>Offsets of queues: body of RESET_CONSUMER_CLIENT_OFFSET (220) and answer to INVOKE_BROKER_TO_RESET_OFFSET (222).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/ResetOffsetBody.java
/// and ResetOffsetBodyForC.java beside it.</remarks>
public sealed record QueueOffsetsBody(IReadOnlyList<KeyValuePair<MessageQueue, long>> Offsets)
{
    /// <param name="quoteKeys">True for a reader of standard JSON; false is fastjson's form with objects as keys.</param>
    public byte[] Encode(bool quoteKeys)
    {
        var json = new FastJsonWriter(quoteKeys);
        json.StartObject();
        json.Key("offsetTable");
        WriteMap(json, Offsets);
        json.EndObject();
        return json.ToArray();
    }

    /// <summary>As C++ clients read it: a list instead of a map.</summary>
    public byte[] EncodeForC()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Key("offsetTable");
        json.StartArray();
        foreach (var (queue, offset) in Offsets)
        {
            json.StartObject();
            json.Property("brokerName", queue.BrokerName);
            json.Property("offset", offset);
            json.Property("queueId", queue.QueueId);
            json.Property("topic", queue.Topic);
            json.EndObject();
        }

        json.EndArray();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static QueueOffsetsBody Decode(ReadOnlySpan<byte> body) => new(ReadMap(FastJson.Parse(body)["offsetTable"]));

    internal static void WriteMap(FastJsonWriter json, IReadOnlyList<KeyValuePair<MessageQueue, long>> offsets)
    {
        json.StartObject();
        foreach (var (queue, offset) in offsets)
        {
            queue.WriteKey(json);
            json.Value(offset);
        }

        json.EndObject();
    }

    internal static List<KeyValuePair<MessageQueue, long>> ReadMap(FastJsonElement json)
    {
        var offsets = new List<KeyValuePair<MessageQueue, long>>();
        foreach (var (key, value) in json.Properties) offsets.Add(new(MessageQueue.ReadKey(key), value.AsInt64()));
        return offsets;
    }
}

/// <summary>Where a group's clients stand in their queues: answer to 221 (one client's) and to 223 (by client id).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/GetConsumerStatusBody.java</remarks>
public sealed record ConsumerStatusBody(
    IReadOnlyList<KeyValuePair<string, IReadOnlyList<KeyValuePair<MessageQueue, long>>>> Clients, IReadOnlyList<KeyValuePair<MessageQueue, long>> Own)
{
    /// <param name="quoteKeys">True for a reader of standard JSON; false is fastjson's form with objects as keys.</param>
    public byte[] Encode(bool quoteKeys)
    {
        var json = new FastJsonWriter(quoteKeys);
        json.StartObject();
        json.Key("consumerTable");
        json.StartObject();
        foreach (var (clientId, offsets) in Clients)
        {
            json.Key(clientId);
            QueueOffsetsBody.WriteMap(json, offsets);
        }

        json.EndObject();
        json.Key("messageQueueTable");
        QueueOffsetsBody.WriteMap(json, Own);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static ConsumerStatusBody Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var clients = new List<KeyValuePair<string, IReadOnlyList<KeyValuePair<MessageQueue, long>>>>();
        foreach (var (key, value) in json["consumerTable"].Properties) clients.Add(new(key.AsString() ?? "", QueueOffsetsBody.ReadMap(value)));
        return new(clients, QueueOffsetsBody.ReadMap(json["messageQueueTable"]));
    }
}
