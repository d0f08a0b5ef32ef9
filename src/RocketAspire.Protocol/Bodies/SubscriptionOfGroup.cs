namespace RocketAspire.Protocol.Bodies;

/// <summary>What a group wants of a topic: answer to QUERY_SUBSCRIPTION_BY_CONSUMER (345).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/body/QuerySubscriptionResponseBody.java</remarks>
public sealed record SubscriptionOfGroup(string Group, string Topic, SubscriptionData? Subscription)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("group", Group);
        if (Subscription is not null)
        {
            json.Key("subscriptionData");
            Subscription.Write(json);
        }

        json.Property("topic", Topic);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static SubscriptionOfGroup Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var subscription = json["subscriptionData"];
        return new(json["group"].AsString() ?? "", json["topic"].AsString() ?? "", subscription.IsAbsent ? null : SubscriptionData.Read(subscription));
    }
}
