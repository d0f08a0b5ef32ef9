namespace RocketAspire.Protocol.Bodies;

/// <summary>Body of CHECK_CLIENT_CONFIG (46): may this subscription be made?</summary>
public sealed record CheckClientBody(string ClientId, string Group, SubscriptionData? Subscription)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("clientId", ClientId);
        json.Property("group", Group);
        if (Subscription is not null)
        {
            json.Key("subscriptionData");
            Subscription.Write(json);
        }

        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static CheckClientBody Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var subscription = json["subscriptionData"];
        return new(
            json["clientId"].AsString() ?? "",
            json["group"].AsString() ?? "",
            subscription.IsAbsent ? null : SubscriptionData.Read(subscription));
    }
}
