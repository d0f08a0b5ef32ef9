namespace RocketAspire.Protocol.Bodies;

/// <summary>Progress of all groups: answer to GET_ALL_CONSUMER_OFFSET (43) and content of consumerOffset.json: <c>{"offsetTable":{"topic@group":{"0":12}}}</c>.</summary>
/// <remarks>
/// Written with quoted queue numbers, so that any JSON tool reads the file; Apache's fastjson takes both forms, and so do we.
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/offset/ConsumerOffsetManager.java
/// </remarks>
public static class ConsumerOffsets
{
    private const char Separator = '@';

    public static byte[] Encode(IEnumerable<KeyValuePair<(string Topic, string Group), SortedDictionary<int, long>>> table)
    {
        var json = new FastJsonWriter(quoteKeys: true);
        json.StartObject();
        json.Key("offsetTable");
        json.StartObject();
        foreach (var ((topic, group), queues) in table)
        {
            json.Key(topic + Separator + group);
            json.StartObject();
            foreach (var (queue, offset) in queues)
            {
                json.Key(queue);
                json.Value(offset);
            }

            json.EndObject();
        }

        json.EndObject();
        json.EndObject();
        return json.ToArray();
    }

    /// <summary>Entries that aren't of the form are left out: one broken line must not cost all groups their progress.</summary>
    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static Dictionary<(string Topic, string Group), Dictionary<int, long>> Decode(ReadOnlySpan<byte> body)
    {
        var table = new Dictionary<(string, string), Dictionary<int, long>>();
        foreach (var (key, value) in FastJson.Parse(body)["offsetTable"].Properties)
        {
            // A topic's name can't hold the separator; a group's might.
            if (key.AsString() is not { } name || name.IndexOf(Separator) is var at && at <= 0) continue;
            var queues = new Dictionary<int, long>();
            foreach (var (queue, offset) in value.Properties)
            {
                var id = queue.AsInt32(-1);
                var position = offset.AsInt64(-1);
                if (id >= 0 && position >= 0) queues[id] = position;
            }

            table[(name[..at], name[(at + 1)..])] = queues;
        }

        return table;
    }
}
