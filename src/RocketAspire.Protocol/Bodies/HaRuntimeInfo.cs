namespace RocketAspire.Protocol.Bodies;

/// <summary>How replication stands: answer to GET_BROKER_HA_STATUS (907), which mqadmin haStatus of 5.x shows.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/body/HARuntimeInfo.java</remarks>
public sealed record HaRuntimeInfo
{
    public bool IsMaster => Client is null;

    /// <summary>End of a master's log.</summary>
    public long MasterCommitLogMaxOffset { get; init; }

    /// <summary>A master's connected slaves.</summary>
    public IReadOnlyList<HaConnectionInfo> Connections { get; init; } = [];

    /// <summary>A slave's own side; null on a master.</summary>
    public HaClientInfo? Client { get; init; }

    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Key("haClientRuntimeInfo");
        (Client ?? new HaClientInfo(null, 0, 0, 0, 0)).Write(json);
        json.Key("haConnectionInfo");
        json.StartArray();
        foreach (var connection in Connections) connection.Write(json);
        json.EndArray();
        json.Property("inSyncSlaveNums", Connections.Count(static connection => connection.InSync));
        json.Property("master", IsMaster);
        json.Property("masterCommitLogMaxOffset", MasterCommitLogMaxOffset);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static HaRuntimeInfo Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var connections = new List<HaConnectionInfo>();
        foreach (var item in json["haConnectionInfo"].Items) connections.Add(HaConnectionInfo.Read(item));
        return new HaRuntimeInfo
        {
            MasterCommitLogMaxOffset = json["masterCommitLogMaxOffset"].AsInt64(),
            Connections = connections,
            Client = json["master"].AsBoolean() ? null : HaClientInfo.Read(json["haClientRuntimeInfo"]),
        };
    }
}

/// <summary>One slave as its master sees it.</summary>
/// <param name="Address"><c>ip:port</c> of its end of the connection.</param>
/// <param name="AckOffset">What it acknowledged.</param>
/// <param name="Diff">Bytes that it lacks.</param>
/// <param name="InSync">Whether it lacks so few that it counts.</param>
/// <param name="BytesPerSecond">Sent to it, in the last second.</param>
/// <param name="SentTo">Where the next piece begins.</param>
public sealed record HaConnectionInfo(string Address, long AckOffset, long Diff, bool InSync, long BytesPerSecond, long SentTo)
{
    internal void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Property("addr", Address);
        json.Property("diff", Diff);
        json.Property("inSync", InSync);
        json.Property("slaveAckOffset", AckOffset);
        json.Property("transferFromWhere", SentTo);
        json.Property("transferredByteInSecond", BytesPerSecond);
        json.EndObject();
    }

    internal static HaConnectionInfo Read(FastJsonElement json) => new(
        json["addr"].AsString() ?? "", json["slaveAckOffset"].AsInt64(), json["diff"].AsInt64(), json["inSync"].AsBoolean(),
        json["transferredByteInSecond"].AsInt64(), json["transferFromWhere"].AsInt64());
}

/// <summary>A slave's side. A master's flushed offset, which Apache's broker tells besides, isn't known to it: -1.</summary>
/// <param name="MasterAddress">Where it streams from; null when it knows no master.</param>
/// <param name="MaxOffset">End of its log.</param>
/// <param name="LastReadMs">When something came from the master, in Unix milliseconds; 0 while it isn't connected.</param>
/// <param name="LastWriteMs">When it reported to the master, likewise.</param>
/// <param name="BytesPerSecond">Received in the last second.</param>
public sealed record HaClientInfo(string? MasterAddress, long MaxOffset, long LastReadMs, long LastWriteMs, long BytesPerSecond)
{
    internal void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Property("activated", LastReadMs > 0);
        json.Property("lastReadTimestamp", LastReadMs);
        json.Property("lastWriteTimestamp", LastWriteMs);
        if (MasterAddress is not null) json.Property("masterAddr", MasterAddress);
        json.Property("masterFlushOffset", -1);
        json.Property("maxOffset", MaxOffset);
        json.Property("transferredByteInSecond", BytesPerSecond);
        json.EndObject();
    }
    internal static HaClientInfo Read(FastJsonElement json) => new(
        json["masterAddr"].AsString(), json["maxOffset"].AsInt64(), json["lastReadTimestamp"].AsInt64(), json["lastWriteTimestamp"].AsInt64(), json["transferredByteInSecond"].AsInt64());
}
