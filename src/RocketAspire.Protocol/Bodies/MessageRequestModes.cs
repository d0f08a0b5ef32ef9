namespace RocketAspire.Protocol.Bodies;

/// <summary>How a group takes messages of a topic; also the body of SET_MESSAGE_REQUEST_MODE (401).</summary>
/// <param name="Topic">The topic.</param>
/// <param name="ConsumerGroup">The group.</param>
/// <param name="Mode">PULL or POP.</param>
/// <param name="PopShareQueueNum">With POP: a consumer also takes from the queues of so many consumers after it; 0 or less: from all.</param>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/body/SetMessageRequestModeRequestBody.java</remarks>
public sealed record MessageRequestMode(string Topic, string ConsumerGroup, string Mode, int PopShareQueueNum)
{
    public const string Pull = "PULL";
    public const string Pop = "POP";

    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        Write(json);
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static MessageRequestMode Decode(ReadOnlySpan<byte> body) => Read(FastJson.Parse(body));

    public void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Property("consumerGroup", ConsumerGroup);
        json.Property("mode", Mode);
        json.Property("popShareQueueNum", PopShareQueueNum);
        json.Property("topic", Topic);
        json.EndObject();
    }

    public static MessageRequestMode Read(FastJsonElement json) => new(
        json["topic"].AsString() ?? "", json["consumerGroup"].AsString() ?? "", json["mode"].AsString() == Pop ? Pop : Pull, json["popShareQueueNum"].AsInt32());
}

/// <summary>All of a broker's modes: answer to GET_ALL_MESSAGE_REQUEST_MODE (402) and content of config/messageRequestMode.json.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/body/MessageRequestModeSerializeWrapper.java</remarks>
public static class MessageRequestModes
{
    public static byte[] Encode(IEnumerable<MessageRequestMode> modes)
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Key("messageRequestModeMap");
        json.StartObject();
        foreach (var topic in modes.GroupBy(static mode => mode.Topic).OrderBy(static topic => topic.Key, StringComparer.Ordinal))
        {
            json.Key(topic.Key);
            json.StartObject();
            foreach (var mode in topic.OrderBy(static mode => mode.ConsumerGroup, StringComparer.Ordinal))
            {
                json.Key(mode.ConsumerGroup);
                mode.Write(json);
            }

            json.EndObject();
        }

        json.EndObject();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static List<MessageRequestMode> Decode(ReadOnlySpan<byte> body)
    {
        var modes = new List<MessageRequestMode>();
        foreach (var (_, groups) in FastJson.Parse(body)["messageRequestModeMap"].Properties)
        {
            foreach (var (_, mode) in groups.Properties) modes.Add(MessageRequestMode.Read(mode));
        }

        return modes;
    }
}
