namespace RocketAspire.Protocol.Bodies;

/// <summary>A consumer behind a proxy.</summary>
/// <param name="Client">As the proxy sees it.</param>
/// <param name="Consumer">Its group, and what it subscribes to.</param>
public sealed record ProxiedConsumer(ClientConnection Client, ConsumerData Consumer);

/// <summary>Body of our own PROXIED_CONSUMERS (7304): all consumers behind one proxy.</summary>
public sealed record ProxiedConsumersBody(IReadOnlyList<ProxiedConsumer> Consumers)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Key("consumers");
        json.StartArray();
        foreach (var (client, consumer) in Consumers)
        {
            json.StartObject();
            json.Key("client");
            client.Write(json);
            json.Key("consumer");
            consumer.Write(json);
            json.EndObject();
        }

        json.EndArray();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static ProxiedConsumersBody Decode(ReadOnlySpan<byte> body)
    {
        var consumers = new List<ProxiedConsumer>();
        foreach (var item in FastJson.Parse(body)["consumers"].Items) consumers.Add(new(ClientConnection.Read(item["client"]), ConsumerData.Read(item["consumer"])));
        return new(consumers);
    }
}
