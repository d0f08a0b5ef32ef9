using System.Collections;

namespace RocketAspire.Protocol.Bodies;

/// <summary>Acknowledgements of messages that one pop took from one queue.</summary>
/// <param name="Group">The consumer group.</param>
/// <param name="Topic">The normal topic.</param>
/// <param name="Retry">0 when the messages stand in it, 1 and 2 when in the group's pop retry topic in its older and newer form.</param>
/// <param name="StartOffset">Where the pop began.</param>
/// <param name="QueueId">The queue.</param>
/// <param name="ReviveQueueId">Queue of the revive log.</param>
/// <param name="PopTime">Unix milliseconds.</param>
/// <param name="InvisibleTime">Milliseconds.</param>
/// <param name="Offsets">The messages' places in the queue.</param>
public sealed record BatchAck(
    string Group, string Topic, string Retry, long StartOffset, int QueueId, int ReviveQueueId, long PopTime, long InvisibleTime, IReadOnlyList<long> Offsets);

/// <summary>Body of BATCH_ACK_MESSAGE (200151).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/body/BatchAck.java</remarks>
public sealed record BatchAckBody(string BrokerName, IReadOnlyList<BatchAck> Acks)
{
    // Java's BitSet has no limit; no pop hands out messages that lie further apart.
    private const int MaxBytes = 128 * 1024;

    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Key("acks");
        json.StartArray();
        foreach (var ack in Acks)
        {
            json.StartObject();
            json.Property("b", Convert.ToBase64String(ToBits(ack)));
            json.Property("c", ack.Group);
            json.Property("it", ack.InvisibleTime);
            json.Property("pt", ack.PopTime);
            json.Property("q", ack.QueueId);
            json.Property("r", ack.Retry);
            json.Property("rq", ack.ReviveQueueId);
            json.Property("so", ack.StartOffset);
            json.Property("t", ack.Topic);
            json.EndObject();
        }

        json.EndArray();
        json.Property("brokerName", BrokerName);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static BatchAckBody Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var acks = new List<BatchAck>();
        foreach (var item in json["acks"].Items)
        {
            var start = Field(item, "so", "startOffset").AsInt64();
            acks.Add(new(
                Field(item, "c", "consumerGroup").AsString() ?? "",
                Field(item, "t", "topic").AsString() ?? "",
                Field(item, "r", "retry").AsString() ?? "0",
                start,
                Field(item, "q", "queueId").AsInt32(),
                Field(item, "rq", "reviveQueueId").AsInt32(),
                Field(item, "pt", "popTime").AsInt64(),
                Field(item, "it", "invisibleTime").AsInt64(),
                FromBits(start, Field(item, "b", "bitSet").AsString())));
        }

        return new(json["brokerName"].AsString() ?? "", acks);
    }

    private static FastJsonElement Field(FastJsonElement json, string name, string longName) => json[name] is { IsAbsent: false } found ? found : json[longName];

    /// <summary>As Java's BitSet.toByteArray: the lowest bit first, without bytes of zeros at the end.</summary>
    private static byte[] ToBits(BatchAck ack)
    {
        var bits = new BitArray((int)(ack.Offsets.DefaultIfEmpty(ack.StartOffset).Max() - ack.StartOffset) + 1);
        foreach (var offset in ack.Offsets) bits[(int)(offset - ack.StartOffset)] = true;
        var bytes = new byte[(bits.Length + 7) / 8];
        bits.CopyTo(bytes, 0);
        return bytes;
    }

    private static List<long> FromBits(long start, string? base64)
    {
        var offsets = new List<long>();
        var bytes = new byte[((base64?.Length ?? 0) * 3 / 4) + 3];
        if (base64 is null || bytes.Length > MaxBytes || !Convert.TryFromBase64String(base64, bytes, out var length)) return offsets;
        for (var i = 0; i < length * 8; i++)
        {
            if ((bytes[i / 8] & (1 << (i % 8))) != 0) offsets.Add(start + i);
        }

        return offsets;
    }
}
