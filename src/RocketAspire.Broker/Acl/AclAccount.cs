namespace RocketAspire.Broker.Acl;

/// <summary>An account as the file has it, or as an admin call brings it.</summary>
internal sealed record AclAccountConfig
{
    public string? AccessKey { get; init; }

    public string? SecretKey { get; init; }

    public string? WhiteRemoteAddress { get; init; }

    public bool Admin { get; init; }

    public string? DefaultTopicPerm { get; init; }

    public string? DefaultGroupPerm { get; init; }

    public IReadOnlyList<string>? TopicPerms { get; init; }

    public IReadOnlyList<string>? GroupPerms { get; init; }
}

/// <summary>An account ready to be asked.</summary>
internal sealed class AclAccount
{
    // Apache's least length is "longer than 6", of both.
    private const int KeyMinLength = 6;

    private AclAccount()
    {
    }

    public required string AccessKey { get; init; }

    public required string SecretKey { get; init; }

    public required bool Admin { get; init; }

    public required AddressRule White { get; init; }

    public required AclPermission DefaultTopic { get; init; }

    public required AclPermission DefaultGroup { get; init; }

    public required IReadOnlyDictionary<string, AclPermission> Topics { get; init; }

    public required IReadOnlyDictionary<string, AclPermission> Groups { get; init; }

    public static bool KeysAreLongEnough(AclAccountConfig config) => config.AccessKey is { Length: > KeyMinLength } && config.SecretKey is { Length: > KeyMinLength };

    /// <exception cref="AclException">Something in it is wrong.</exception>
    public static AclAccount From(AclAccountConfig config)
    {
        if (!KeysAreLongEnough(config)) throw new AclException($"the accessKey and the secretKey of account {config.AccessKey ?? "(none)"} must both be longer than {KeyMinLength}");
        return new AclAccount
        {
            AccessKey = config.AccessKey!,
            SecretKey = config.SecretKey!,
            Admin = config.Admin,
            White = AddressRule.Parse(config.WhiteRemoteAddress),
            DefaultTopic = AclPermissions.Parse(config.DefaultTopicPerm),
            DefaultGroup = AclPermissions.Parse(config.DefaultGroupPerm),
            Topics = Resources("topic", config.TopicPerms),
            Groups = Resources("group", config.GroupPerms),
        };
    }

    private static Dictionary<string, AclPermission> Resources(string kind, IReadOnlyList<string>? list)
    {
        var resources = new Dictionary<string, AclPermission>(StringComparer.Ordinal);
        foreach (var text in list ?? [])
        {
            if (!AclPermissions.TrySplit(text, out var name, out var permission)) throw new AclException($"Parse resource permission failed for {kind}:{text}");
            resources[name] = AclPermissions.Parse(permission);
        }

        return resources;
    }
}
