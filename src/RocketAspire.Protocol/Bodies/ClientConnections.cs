using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Bodies;

/// <summary>One connected client, as 203 and 204 list it.</summary>
/// <param name="ClientId">The client's own id.</param>
/// <param name="ClientAddr">ip:port as the broker sees it.</param>
/// <param name="Language">Upper-case name.</param>
/// <param name="Version">Ordinal of Apache's MQVersion.</param>
public sealed record ClientConnection(string ClientId, string ClientAddr, string Language, int Version)
{
    public void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Property("clientAddr", ClientAddr);
        json.Property("clientId", ClientId);
        json.Property("language", Language);
        json.Property("version", Version);
        json.EndObject();
    }

    public static ClientConnection Read(FastJsonElement json) => new(
        json["clientId"].AsString() ?? "",
        json["clientAddr"].AsString() ?? "",
        json["language"].AsString() ?? nameof(LanguageCode.Other).ToUpperInvariant(),
        json["version"].AsInt32());

    internal static void WriteSet(FastJsonWriter json, IEnumerable<ClientConnection> connections)
    {
        json.Key("connectionSet");
        json.StartArray();
        foreach (var connection in connections) connection.Write(json);
        json.EndArray();
    }

    internal static List<ClientConnection> ReadSet(FastJsonElement json)
    {
        var connections = new List<ClientConnection>();
        foreach (var item in json["connectionSet"].Items) connections.Add(Read(item));
        return connections;
    }
}

/// <summary>Answer to GET_PRODUCER_CONNECTION_LIST (204).</summary>
public sealed record ProducerConnections(IReadOnlyList<ClientConnection> Connections)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        ClientConnection.WriteSet(json, Connections);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static ProducerConnections Decode(ReadOnlySpan<byte> body) => new(ClientConnection.ReadSet(FastJson.Parse(body)));
}

/// <summary>Answer to GET_CONSUMER_CONNECTION_LIST (203).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/body/ConsumerConnection.java</remarks>
public sealed record ConsumerConnections
{
    public IReadOnlyList<ClientConnection> Connections { get; init; } = [];

    public IReadOnlyList<SubscriptionData> Subscriptions { get; init; } = [];

    public string ConsumeType { get; init; } = "CONSUME_PASSIVELY";

    public string MessageModel { get; init; } = "CLUSTERING";

    public string ConsumeFromWhere { get; init; } = "CONSUME_FROM_LAST_OFFSET";

    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        ClientConnection.WriteSet(json, Connections);
        json.Property("consumeFromWhere", ConsumeFromWhere);
        json.Property("consumeType", ConsumeType);
        json.Property("messageModel", MessageModel);
        json.Key("subscriptionTable");
        json.StartObject();
        foreach (var subscription in Subscriptions)
        {
            json.Key(subscription.Topic);
            subscription.Write(json);
        }

        json.EndObject();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static ConsumerConnections Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var subscriptions = new List<SubscriptionData>();
        foreach (var (_, value) in json["subscriptionTable"].Properties) subscriptions.Add(SubscriptionData.Read(value));
        return new ConsumerConnections
        {
            Connections = ClientConnection.ReadSet(json),
            Subscriptions = subscriptions,
            ConsumeType = json["consumeType"].AsString() ?? "",
            MessageModel = json["messageModel"].AsString() ?? "",
            ConsumeFromWhere = json["consumeFromWhere"].AsString() ?? "",
        };
    }
}
