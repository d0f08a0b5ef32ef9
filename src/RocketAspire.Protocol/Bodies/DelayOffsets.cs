namespace RocketAspire.Protocol.Bodies;

/// <summary>Progress of the delay levels: answer to GET_ALL_DELAY_OFFSET (45) and content of delayOffset.json: <c>{"offsetTable":{"1":12}}</c>.</summary>
public static class DelayOffsets
{
    public static byte[] Encode(IEnumerable<KeyValuePair<int, long>> offsets)
    {
        var json = new FastJsonWriter(quoteKeys: true);
        json.StartObject();
        json.Key("offsetTable");
        json.StartObject();
        foreach (var (level, offset) in offsets)
        {
            json.Key(level);
            json.Value(offset);
        }

        json.EndObject();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static SortedDictionary<int, long> Decode(ReadOnlySpan<byte> body)
    {
        var offsets = new SortedDictionary<int, long>();
        foreach (var (key, value) in FastJson.Parse(body)["offsetTable"].Properties)
        {
            var level = key.AsInt32(-1);
            var offset = value.AsInt64(-1);
            if (level > 0 && offset >= 0) offsets[level] = offset;
        }

        return offsets;
    }
}
