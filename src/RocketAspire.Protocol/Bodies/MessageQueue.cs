namespace RocketAspire.Protocol.Bodies;

/// <summary>One queue of a topic at one broker.</summary>
public readonly record struct MessageQueue(string Topic, string BrokerName, int QueueId)
{
    public void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Property("brokerName", BrokerName);
        json.Property("queueId", QueueId);
        json.Property("topic", Topic);
        json.EndObject();
    }

    /// <summary>As the key of a map: Java's fastjson writes the whole object there.</summary>
    public void WriteKey(FastJsonWriter json)
    {
        var key = new FastJsonWriter();
        Write(key);
        json.ObjectKey(key.Written.Span);
    }

    public static MessageQueue Read(FastJsonElement json) =>
        new(json["topic"].AsString() ?? "", json["brokerName"].AsString() ?? "", json["queueId"].AsInt32());

    /// <summary>Reads a map's key, which is the object itself or a string that holds it.</summary>
    /// <exception cref="FastJsonException">A string that is no JSON.</exception>
    public static MessageQueue ReadKey(FastJsonElement key)
    {
        if (key.Kind != FastJsonKind.String) return Read(key);
        return Read(FastJson.Parse(System.Text.Encoding.UTF8.GetBytes(key.AsString() ?? "")));
    }
}
