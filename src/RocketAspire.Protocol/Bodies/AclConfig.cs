namespace RocketAspire.Protocol.Bodies;

/// <summary>An account of ACL 1.0 as its broker tells it: never with its secret, even where an old broker sends that along.</summary>
public sealed record AclAccountInfo(string AccessKey)
{
    public string? WhiteRemoteAddress { get; init; }

    public bool Admin { get; init; }

    /// <summary>DENY, PUB, SUB or PUB|SUB.</summary>
    public string? DefaultTopicPerm { get; init; }

    public string? DefaultGroupPerm { get; init; }

    /// <summary>Each as <c>topic=PUB|SUB</c>.</summary>
    public IReadOnlyList<string> TopicPerms { get; init; } = [];

    public IReadOnlyList<string> GroupPerms { get; init; } = [];
}

/// <summary>All accounts of a broker, and the addresses that need none: answer to LIST_ACCOUNTS (7305) and GET_BROKER_CLUSTER_ACL_CONFIG (54).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.3/common/src/main/java/org/apache/rocketmq/common/AclConfig.java</remarks>
public sealed record AclConfig(IReadOnlyList<string> GlobalWhiteAddresses, IReadOnlyList<AclAccountInfo> Accounts)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("globalWhiteAddrs", GlobalWhiteAddresses);
        json.Key("plainAccessConfigs");
        json.StartArray();
        foreach (var account in Accounts)
        {
            json.StartObject();
            json.Property("accessKey", account.AccessKey);
            json.Property("admin", account.Admin);
            json.Property("defaultGroupPerm", account.DefaultGroupPerm);
            json.Property("defaultTopicPerm", account.DefaultTopicPerm);
            json.Property("groupPerms", account.GroupPerms);
            json.Property("topicPerms", account.TopicPerms);
            json.Property("whiteRemoteAddress", account.WhiteRemoteAddress);
            json.EndObject();
        }

        json.EndArray();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static AclConfig Decode(ReadOnlySpan<byte> body)
    {
        var root = FastJson.Parse(body);
        var accounts = new List<AclAccountInfo>();
        foreach (var item in root["plainAccessConfigs"].Items)
        {
            accounts.Add(new AclAccountInfo(item["accessKey"].AsString() ?? "")
            {
                WhiteRemoteAddress = item["whiteRemoteAddress"].AsString(),
                Admin = item["admin"].AsBoolean(),
                DefaultTopicPerm = item["defaultTopicPerm"].AsString(),
                DefaultGroupPerm = item["defaultGroupPerm"].AsString(),
                TopicPerms = item["topicPerms"].AsStrings(),
                GroupPerms = item["groupPerms"].AsStrings(),
            });
        }

        return new AclConfig(root["globalWhiteAddrs"].AsStrings(), accounts);
    }
}
