namespace RocketAspire.Protocol.Bodies;

/// <summary>First and one past the last message of a queue, and when the last was stored (Unix milliseconds, 0: never).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/admin/TopicStatsTable.java</remarks>
public sealed record TopicOffset(long MinOffset, long MaxOffset, long LastUpdateTimestamp);

/// <summary>Answer to GET_TOPIC_STATS_INFO (202).</summary>
public sealed record TopicStatsTable(IReadOnlyList<KeyValuePair<MessageQueue, TopicOffset>> Queues)
{
    /// <param name="quoteKeys">True for a reader of standard JSON; false is fastjson's form with objects as keys.</param>
    public byte[] Encode(bool quoteKeys)
    {
        var json = new FastJsonWriter(quoteKeys);
        json.StartObject();
        json.Key("offsetTable");
        json.StartObject();
        foreach (var (queue, offset) in Queues)
        {
            queue.WriteKey(json);
            json.StartObject();
            json.Property("lastUpdateTimestamp", offset.LastUpdateTimestamp);
            json.Property("maxOffset", offset.MaxOffset);
            json.Property("minOffset", offset.MinOffset);
            json.EndObject();
        }

        json.EndObject();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static TopicStatsTable Decode(ReadOnlySpan<byte> body)
    {
        var queues = new List<KeyValuePair<MessageQueue, TopicOffset>>();
        foreach (var (key, value) in FastJson.Parse(body)["offsetTable"].Properties)
        {
            var offset = new TopicOffset(value["minOffset"].AsInt64(), value["maxOffset"].AsInt64(), value["lastUpdateTimestamp"].AsInt64());
            queues.Add(new(MessageQueue.ReadKey(key), offset));
        }

        return new(queues);
    }
}
