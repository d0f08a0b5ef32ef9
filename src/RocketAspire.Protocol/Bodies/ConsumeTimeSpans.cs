namespace RocketAspire.Protocol.Bodies;

/// <summary>Store times of a queue's ends and of a group's place in it, in Unix milliseconds, and how many milliseconds that group is late.</summary>
public sealed record QueueTimeSpan(MessageQueue Queue, long MinTimeStamp, long MaxTimeStamp, long ConsumeTimeStamp, long DelayTimeMs);

/// <summary>Answer to QUERY_CONSUME_TIME_SPAN (303).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/QueryConsumeTimeSpanBody.java</remarks>
public sealed record ConsumeTimeSpans(IReadOnlyList<QueueTimeSpan> Spans)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Key("consumeTimeSpanSet");
        json.StartArray();
        foreach (var span in Spans)
        {
            json.StartObject();
            json.Property("consumeTimeStamp", span.ConsumeTimeStamp);
            json.Property("delayTime", span.DelayTimeMs);
            json.Property("maxTimeStamp", span.MaxTimeStamp);
            json.Key("messageQueue");
            span.Queue.Write(json);
            json.Property("minTimeStamp", span.MinTimeStamp);
            json.EndObject();
        }

        json.EndArray();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static ConsumeTimeSpans Decode(ReadOnlySpan<byte> body)
    {
        var spans = new List<QueueTimeSpan>();
        foreach (var item in FastJson.Parse(body)["consumeTimeSpanSet"].Items)
        {
            spans.Add(new(
                MessageQueue.Read(item["messageQueue"]), item["minTimeStamp"].AsInt64(), item["maxTimeStamp"].AsInt64(), item["consumeTimeStamp"].AsInt64(), item["delayTime"].AsInt64()));
        }

        return new(spans);
    }
}
