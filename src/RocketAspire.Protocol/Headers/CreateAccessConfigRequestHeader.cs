using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of UPDATE_AND_CREATE_ACL_CONFIG (50).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/header/CreateAccessConfigRequestHeader.java</remarks>
public sealed record CreateAccessConfigRequestHeader : IRequestHeader<CreateAccessConfigRequestHeader>
{
    public required string AccessKey { get; init; }

    public string? SecretKey { get; init; }

    public string? WhiteRemoteAddress { get; init; }

    public bool Admin { get; init; }

    public string? DefaultTopicPerm { get; init; }

    public string? DefaultGroupPerm { get; init; }

    /// <summary><c>topicA=DENY,topicB=PUB|SUB</c>.</summary>
    public string? TopicPerms { get; init; }

    public string? GroupPerms { get; init; }

    public static CreateAccessConfigRequestHeader Read(ref HeaderReader reader) => new()
    {
        AccessKey = reader.Text("accessKey"),
        SecretKey = reader.TextOrNull("secretKey"),
        WhiteRemoteAddress = reader.TextOrNull("whiteRemoteAddress"),
        Admin = reader.Boolean("admin"),
        DefaultTopicPerm = reader.TextOrNull("defaultTopicPerm"),
        DefaultGroupPerm = reader.TextOrNull("defaultGroupPerm"),
        TopicPerms = reader.TextOrNull("topicPerms"),
        GroupPerms = reader.TextOrNull("groupPerms"),
    };

    public ExtFields ToExtFields() => new()
    {
        { "accessKey", AccessKey },
        { "secretKey", SecretKey },
        { "whiteRemoteAddress", WhiteRemoteAddress },
        { "admin", Admin },
        { "defaultTopicPerm", DefaultTopicPerm },
        { "defaultGroupPerm", DefaultGroupPerm },
        { "topicPerms", TopicPerms },
        { "groupPerms", GroupPerms },
    };
}
