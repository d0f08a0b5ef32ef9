namespace RocketAspire.Broker.Processors;

/// <summary>What the admin calls of ACL have in common.</summary>
internal static class AclAnswers
{
    public const string NotEnabled = "aclEnable is false at this broker";

    /// <summary>As Java splits: empty pieces at the end are left out.</summary>
    public static IReadOnlyList<string>? Split(string? text)
    {
        if (text is null) return null;
        var parts = text.Split(',').ToList();
        while (parts.Count > 1 && parts[^1].Length == 0) parts.RemoveAt(parts.Count - 1);
        return parts is [""] ? [] : parts;
    }
}
