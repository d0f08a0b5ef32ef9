namespace RocketAspire.Protocol.Bodies;

/// <summary>Answer to GET_CONSUMER_LIST_BY_GROUP (38): the clients of a group, by which it shares out the queues.</summary>
public sealed record ConsumerIdList(IReadOnlyCollection<string> ClientIds)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("consumerIdList", ClientIds);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static ConsumerIdList Decode(ReadOnlySpan<byte> body) => new(FastJson.Parse(body)["consumerIdList"].AsStrings());
}
