namespace RocketAspire.Protocol.Bodies;

/// <summary>Body of LOCK_BATCH_MQ (41) and UNLOCK_BATCH_MQ (42).</summary>
public sealed record LockBatchBody(string ConsumerGroup, string ClientId, IReadOnlyList<MessageQueue> Queues)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("clientId", ClientId);
        json.Property("consumerGroup", ConsumerGroup);
        json.Key("mqSet");
        LockedQueuesBody.WriteQueues(json, Queues);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static LockBatchBody Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        return new(
            json["consumerGroup"].AsString() ?? "",
            json["clientId"].AsString() ?? "",
            LockedQueuesBody.ReadQueues(json["mqSet"]));
    }
}

/// <summary>Answer to LOCK_BATCH_MQ: the queues that the client holds now.</summary>
public sealed record LockedQueuesBody(IReadOnlyList<MessageQueue> Queues)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Key("lockOKMQSet");
        WriteQueues(json, Queues);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static LockedQueuesBody Decode(ReadOnlySpan<byte> body) => new(ReadQueues(FastJson.Parse(body)["lockOKMQSet"]));

    internal static void WriteQueues(FastJsonWriter json, IReadOnlyList<MessageQueue> queues)
    {
        json.StartArray();
        foreach (var queue in queues) queue.Write(json);
        json.EndArray();
    }

    internal static List<MessageQueue> ReadQueues(FastJsonElement json)
    {
        var queues = new List<MessageQueue>();
        foreach (var item in json.Items) queues.Add(MessageQueue.Read(item));
        return queues;
    }
}
