using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>Namespaces as 4.x writes them: <c>NAMESPACE%name</c>, behind <c>%RETRY%</c> and <c>%DLQ%</c>. System topics have none.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/NamespaceUtil.java</remarks>
internal static class Namespaces
{
    private const char Separator = '%';

    /// <summary>The name on the wire; a name that has the namespace already stays.</summary>
    public static string Wrap(string? ns, string name)
    {
        if (string.IsNullOrEmpty(ns) || TopicNames.IsSystem(name)) return name;
        var (prefix, bare) = Split(name);
        return bare.StartsWith(ns + Separator, StringComparison.Ordinal) ? name : $"{prefix}{ns}{Separator}{bare}";
    }

    /// <summary>The name as applications know it.</summary>
    public static string Unwrap(string? ns, string name)
    {
        if (string.IsNullOrEmpty(ns)) return name;
        var (prefix, bare) = Split(name);
        return bare.StartsWith(ns + Separator, StringComparison.Ordinal) ? string.Concat(prefix, bare.AsSpan(ns.Length + 1)) : name;
    }

    private static (string Prefix, string Bare) Split(string name) =>
        name.StartsWith(TopicNames.RetryPrefix, StringComparison.Ordinal) ? (TopicNames.RetryPrefix, name[TopicNames.RetryPrefix.Length..])
        : name.StartsWith(TopicNames.DlqPrefix, StringComparison.Ordinal) ? (TopicNames.DlqPrefix, name[TopicNames.DlqPrefix.Length..])
        : ("", name);
}
