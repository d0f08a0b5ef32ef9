using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of QUERY_MESSAGE (12).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/header/QueryMessageRequestHeader.java</remarks>
public sealed record QueryMessageRequestHeader : IRequestHeader<QueryMessageRequestHeader>
{
    public required string Topic { get; init; }

    /// <summary>One of the message's KEYS, or its UNIQ_KEY.</summary>
    public required string Key { get; init; }

    public int MaxNum { get; init; }

    /// <summary>Store time from which on, Unix milliseconds.</summary>
    public long BeginTimestamp { get; init; }

    /// <summary>Store time up to which, Unix milliseconds.</summary>
    public long EndTimestamp { get; init; }

    /// <summary>The key is a UNIQ_KEY: the broker's own limit replaces <see cref="MaxNum"/>.</summary>
    public bool IsUniqueKey { get; init; }

    public static QueryMessageRequestHeader Read(ref HeaderReader reader) => new()
    {
        Topic = reader.Text("topic"),
        Key = reader.Text("key"),
        MaxNum = reader.Int32("maxNum"),
        BeginTimestamp = reader.Int64("beginTimestamp"),
        EndTimestamp = reader.Int64("endTimestamp"),
        IsUniqueKey = reader.TextOrNull("_unique_msg_query_flag") == "true",
    };

    public ExtFields ToExtFields() => new()
    {
        { "topic", Topic },
        { "key", Key },
        { "maxNum", MaxNum },
        { "beginTimestamp", BeginTimestamp },
        { "endTimestamp", EndTimestamp },
        { "_unique_msg_query_flag", IsUniqueKey },
    };
}

/// <summary>Header of a query's answer.</summary>
/// <param name="IndexLastUpdateTimestamp">Store time of what was indexed last, Unix milliseconds; 0 when nothing was found.</param>
/// <param name="IndexLastUpdatePhyoffset">Its place in the log; 0 when nothing was found.</param>
public sealed record QueryMessageResponseHeader(long IndexLastUpdateTimestamp, long IndexLastUpdatePhyoffset) : IRequestHeader<QueryMessageResponseHeader>
{
    public static QueryMessageResponseHeader Read(ref HeaderReader reader) =>
        new(reader.Int64("indexLastUpdateTimestamp"), reader.Int64("indexLastUpdatePhyoffset"));

    public ExtFields ToExtFields()
    {
        var fields = new ExtFields();
        AddTo(fields);
        return fields;
    }

    /// <summary>Writes into an answer that already exists.</summary>
    public void AddTo(ExtFields fields)
    {
        fields.Add("indexLastUpdateTimestamp", IndexLastUpdateTimestamp);
        fields.Add("indexLastUpdatePhyoffset", IndexLastUpdatePhyoffset);
    }
}
