namespace RocketAspire.Protocol.Bodies;

/// <summary>5.x: what a group's settings say that it wants of a topic; for whoever reads them, no consumer is held to it.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/subscription/SimpleSubscriptionData.java</remarks>
public sealed record SimpleSubscriptionData(string? Topic, string? ExpressionType, string? Expression, long Version)
{
    public void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Property("expression", Expression);
        json.Property("expressionType", ExpressionType);
        json.Property("topic", Topic);
        json.Property("version", Version);
        json.EndObject();
    }

    public static SimpleSubscriptionData Read(FastJsonElement json) =>
        new(json["topic"].AsString(), json["expressionType"].AsString(), json["expression"].AsString(), json["version"].AsInt64());
}
