namespace RocketAspire.Protocol.Bodies;

/// <summary>Body of QUERY_ASSIGNMENT (400): which queues of a topic are this client's?</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/body/QueryAssignmentRequestBody.java</remarks>
public sealed record QueryAssignmentBody(string Topic, string ConsumerGroup, string ClientId, string StrategyName, string MessageModel)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("clientId", ClientId);
        json.Property("consumerGroup", ConsumerGroup);
        json.Property("messageModel", MessageModel);
        json.Property("strategyName", StrategyName);
        json.Property("topic", Topic);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static QueryAssignmentBody Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        return new(
            json["topic"].AsString() ?? "", json["consumerGroup"].AsString() ?? "", json["clientId"].AsString() ?? "",
            json["strategyName"].AsString() ?? "", json["messageModel"].AsString() ?? "");
    }
}

/// <summary>One queue and how to take messages from it: PULL or POP.</summary>
public sealed record QueueAssignment(MessageQueue Queue, string Mode);

/// <summary>Answer to QUERY_ASSIGNMENT. Null assignments: not known, the client keeps what it has; none: the client has no queue.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/body/QueryAssignmentResponseBody.java</remarks>
public sealed record QueryAssignmentAnswer(IReadOnlyList<QueueAssignment>? Assignments)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        if (Assignments is not null)
        {
            json.Key("messageQueueAssignments");
            json.StartArray();
            foreach (var (queue, mode) in Assignments)
            {
                json.StartObject();
                json.Key("messageQueue");
                queue.Write(json);
                json.Property("mode", mode);
                json.EndObject();
            }

            json.EndArray();
        }

        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static QueryAssignmentAnswer Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body)["messageQueueAssignments"];
        if (json.IsAbsent) return new((IReadOnlyList<QueueAssignment>?)null);
        var assignments = new List<QueueAssignment>();
        foreach (var item in json.Items) assignments.Add(new(MessageQueue.Read(item["messageQueue"]), item["mode"].AsString() ?? "PULL"));
        return new(assignments);
    }
}
