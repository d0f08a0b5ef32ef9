using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of UPDATE_AND_CREATE_TOPIC (17).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/header/CreateTopicRequestHeader.java</remarks>
public sealed record CreateTopicRequestHeader : IRequestHeader<CreateTopicRequestHeader>
{
    public required string Topic { get; init; }

    public string DefaultTopic { get; init; } = "TBW102";

    public int ReadQueueNums { get; init; } = 4;

    public int WriteQueueNums { get; init; } = 4;

    /// <summary>2 write, 4 read, 6 both.</summary>
    public int Perm { get; init; } = 6;

    /// <summary>SINGLE_TAG or MULTI_TAG.</summary>
    public string TopicFilterType { get; init; } = "SINGLE_TAG";

    public int? TopicSysFlag { get; init; }

    public bool Order { get; init; }

    /// <summary>5.x: topic attributes as "+key=value,-key".</summary>
    public string? Attributes { get; init; }

    public static CreateTopicRequestHeader Read(ref HeaderReader reader) => new()
    {
        Topic = reader.Text("topic"),
        DefaultTopic = reader.Text("defaultTopic"),
        ReadQueueNums = reader.Int32("readQueueNums"),
        WriteQueueNums = reader.Int32("writeQueueNums"),
        Perm = reader.Int32("perm"),
        TopicFilterType = reader.Text("topicFilterType"),
        TopicSysFlag = reader.Int32OrNull("topicSysFlag"),
        Order = reader.Boolean("order"),
        Attributes = reader.TextOrNull("attributes"),
    };

    public ExtFields ToExtFields()
    {
        var fields = new ExtFields
        {
            { "topic", Topic },
            { "defaultTopic", DefaultTopic },
            { "readQueueNums", ReadQueueNums },
            { "writeQueueNums", WriteQueueNums },
            { "perm", Perm },
            { "topicFilterType", TopicFilterType },
            { "order", Order },
            { "attributes", Attributes },
        };
        if (TopicSysFlag is { } flag) fields.Add("topicSysFlag", flag);
        return fields;
    }
}
