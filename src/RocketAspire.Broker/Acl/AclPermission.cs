namespace RocketAspire.Broker.Acl;

/// <summary>What an account may do with a topic or a group.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/acl/src/main/java/org/apache/rocketmq/acl/common/Permission.java</remarks>
[Flags]
internal enum AclPermission : byte
{
    Deny = 1,
    Pub = 4,
    Sub = 8,
}

/// <summary>Permissions as rules write them.</summary>
internal static class AclPermissions
{
    /// <summary>What isn't said, or said wrongly, is denied.</summary>
    public static AclPermission Parse(string? text) => text?.Trim() switch
    {
        "PUB" => AclPermission.Pub,
        "SUB" => AclPermission.Sub,
        "PUB|SUB" or "SUB|PUB" => AclPermission.Pub | AclPermission.Sub,
        _ => AclPermission.Deny,
    };

    /// <summary>As rules write it.</summary>
    public static string Text(this AclPermission permission) => permission switch
    {
        AclPermission.Pub => "PUB",
        AclPermission.Sub => "SUB",
        AclPermission.Pub | AclPermission.Sub => "PUB|SUB",
        _ => "DENY",
    };

    public static bool Allow(this AclPermission owned, AclPermission needed) => (owned & AclPermission.Deny) == 0 && (owned & needed) != 0;

    /// <summary>Splits <c>name=PUB|SUB</c>; false when it has not two parts.</summary>
    public static bool TrySplit(string text, out string name, out string permission)
    {
        var items = text.Split('=', StringSplitOptions.RemoveEmptyEntries);
        (name, permission) = items.Length == 2 ? (items[0].Trim(), items[1].Trim()) : ("", "");
        return items.Length == 2;
    }

    /// <summary>What is wrong with permissions that come in by an admin call, in Apache's words; null when nothing is.</summary>
    public static string? Problem(IEnumerable<string>? resources)
    {
        foreach (var resource in resources ?? [])
        {
            if (!TrySplit(resource, out _, out var permission))
                return $"Parse Resource format error for {resource}.\nThe expected resource format is 'Res=Perm'. For example: topicA=SUB";
            if (permission != "DENY" && Parse(permission) == AclPermission.Deny)
                return $"Parse resource permission error for {resource}.\nThe expected permissions are 'SUB' or 'PUB' or 'SUB|PUB' or 'PUB|SUB'.";
        }

        return null;
    }
}
