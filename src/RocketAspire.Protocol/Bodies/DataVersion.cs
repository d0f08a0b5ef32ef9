namespace RocketAspire.Protocol.Bodies;

/// <summary>The version of a table: two are the same when all three numbers are.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/DataVersion.java</remarks>
/// <param name="Timestamp">Milliseconds since 1970 of the last change.</param>
/// <param name="Counter">Changes so far.</param>
/// <param name="StateVersion">5.x: the term in which the change was made; 0 and unwritten in 4.x.</param>
public sealed record DataVersion(long Timestamp, long Counter, long StateVersion = 0)
{
    public static DataVersion Zero { get; } = new(0, 0);

    /// <summary>The version after one more change at that time (milliseconds since 1970).</summary>
    public DataVersion Next(long nowMs) => this with { Timestamp = nowMs, Counter = Counter + 1 };

    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        Write(json);
        return json.ToArray();
    }

    public static DataVersion Decode(ReadOnlySpan<byte> json) => Read(FastJson.Parse(json));

    public void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Property("counter", Counter);
        if (StateVersion != 0) json.Property("stateVersion", StateVersion);
        json.Property("timestamp", Timestamp);
        json.EndObject();
    }

    /// <summary>Zero for an absent one.</summary>
    public static DataVersion Read(FastJsonElement json) =>
        new(json["timestamp"].AsInt64(), json["counter"].AsInt64(), json["stateVersion"].AsInt64());
}
