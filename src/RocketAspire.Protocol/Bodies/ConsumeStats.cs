namespace RocketAspire.Protocol.Bodies;

/// <summary>A group's place in a queue: the queue's end, the group's next message, and when the last consumed one was stored (Unix milliseconds).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/admin/ConsumeStats.java</remarks>
public sealed record ConsumeOffset(long BrokerOffset, long ConsumerOffset, long LastTimestamp);

/// <summary>Answer to GET_CONSUME_STATS (208).</summary>
public sealed record ConsumeStats(IReadOnlyList<KeyValuePair<MessageQueue, ConsumeOffset>> Queues, double ConsumeTps)
{
    /// <param name="quoteKeys">True for a reader of standard JSON; false is fastjson's form with objects as keys.</param>
    public byte[] Encode(bool quoteKeys)
    {
        var json = new FastJsonWriter(quoteKeys);
        Write(json);
        return json.ToArray();
    }

    internal void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Property("consumeTps", ConsumeTps);
        json.Key("offsetTable");
        json.StartObject();
        foreach (var (queue, offset) in Queues)
        {
            queue.WriteKey(json);
            json.StartObject();
            json.Property("brokerOffset", offset.BrokerOffset);
            json.Property("consumerOffset", offset.ConsumerOffset);
            json.Property("lastTimestamp", offset.LastTimestamp);
            json.EndObject();
        }

        json.EndObject();
        json.EndObject();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static ConsumeStats Decode(ReadOnlySpan<byte> body) => Read(FastJson.Parse(body));

    internal static ConsumeStats Read(FastJsonElement json)
    {
        var queues = new List<KeyValuePair<MessageQueue, ConsumeOffset>>();
        foreach (var (key, value) in json["offsetTable"].Properties)
        {
            var offset = new ConsumeOffset(value["brokerOffset"].AsInt64(), value["consumerOffset"].AsInt64(), value["lastTimestamp"].AsInt64());
            queues.Add(new(MessageQueue.ReadKey(key), offset));
        }

        return new(queues, json["consumeTps"].AsDouble());
    }
}
