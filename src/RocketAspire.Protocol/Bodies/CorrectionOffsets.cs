using System.Globalization;

namespace RocketAspire.Protocol.Bodies;

/// <summary>Offsets by queue id: answer to QUERY_CORRECTION_OFFSET (308).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/QueryCorrectionOffsetBody.java</remarks>
public sealed record CorrectionOffsets(SortedDictionary<int, long> Offsets)
{
    /// <param name="quoteKeys">True for a reader of standard JSON; false is fastjson's form with bare numbers as keys.</param>
    public byte[] Encode(bool quoteKeys)
    {
        var json = new FastJsonWriter(quoteKeys);
        json.StartObject();
        json.Key("correctionOffsets");
        json.StartObject();
        foreach (var (queueId, offset) in Offsets)
        {
            json.Key(queueId);
            json.Value(offset);
        }

        json.EndObject();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static CorrectionOffsets Decode(ReadOnlySpan<byte> body)
    {
        var offsets = new SortedDictionary<int, long>();
        foreach (var (key, value) in FastJson.Parse(body)["correctionOffsets"].Properties)
        {
            if (int.TryParse(key.AsString(), NumberStyles.None, CultureInfo.InvariantCulture, out var queueId)) offsets[queueId] = value.AsInt64();
        }

        return new(offsets);
    }
}
