using System.Globalization;
using RocketAspire.Protocol.Bodies;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace RocketAspire.Broker.Acl;

/// <summary>Reads and changes the parts of a file of rules. What it doesn't know stays as it is; comments are lost when it is written, as with Apache's broker.</summary>
internal static class AclYaml
{
    public const string GlobalWhiteAddresses = "globalWhiteRemoteAddresses";
    public const string Accounts = "accounts";
    private const string AccessKey = "accessKey";
    private const string DataVersions = "dataVersion";

    public static string Write(YamlMappingNode root)
    {
        var text = new StringWriter();
        new YamlStream(new YamlDocument(root)).Save(text, assignAnchors: false);
        // The end marker of the document says nothing in a file of one.
        return text.ToString().Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd().TrimEnd('.').TrimEnd() + "\n";
    }

    public static AclAccountConfig ReadAccount(YamlMappingNode account) => new()
    {
        AccessKey = Text(account, AccessKey),
        SecretKey = Text(account, "secretKey"),
        WhiteRemoteAddress = Text(account, "whiteRemoteAddress"),
        Admin = Text(account, "admin") is { } admin && admin.ToLowerInvariant() is "true" or "yes" or "on",
        DefaultTopicPerm = Text(account, "defaultTopicPerm"),
        DefaultGroupPerm = Text(account, "defaultGroupPerm"),
        TopicPerms = List(account, "topicPerms"),
        GroupPerms = List(account, "groupPerms"),
    };

    /// <summary>Adds the account, or changes what the call says of the one of that name; the rest of it stays.</summary>
    public static void PutAccount(YamlMappingNode root, AclAccountConfig account)
    {
        var accounts = Sequence(root, Accounts) ?? Put(root, Accounts, new YamlSequenceNode());
        var node = Find(accounts, account.AccessKey!);
        if (node is null) node = new YamlMappingNode();
        else accounts.Children.Remove(node);
        accounts.Add(node);
        Set(node, AccessKey, account.AccessKey);
        Set(node, "secretKey", account.SecretKey);
        if (account.WhiteRemoteAddress is not null) Put(node, "whiteRemoteAddress", Scalar(account.WhiteRemoteAddress));
        Put(node, "admin", new YamlScalarNode(account.Admin ? "true" : "false"));
        Set(node, "defaultTopicPerm", account.DefaultTopicPerm);
        Set(node, "defaultGroupPerm", account.DefaultGroupPerm);
        if (account.TopicPerms is { } topics) Put(node, "topicPerms", new YamlSequenceNode(topics.Select(Scalar)));
        if (account.GroupPerms is { } groups) Put(node, "groupPerms", new YamlSequenceNode(groups.Select(Scalar)));
    }

    /// <summary>False when there is no such account.</summary>
    public static bool RemoveAccount(YamlMappingNode root, string accessKey) =>
        Sequence(root, Accounts) is { } accounts && Find(accounts, accessKey) is { } node && accounts.Children.Remove(node);

    public static void PutWhiteAddresses(YamlMappingNode root, IEnumerable<string> addresses) =>
        Put(root, GlobalWhiteAddresses, new YamlSequenceNode(addresses.Select(Scalar)));

    public static DataVersion ReadVersion(YamlMappingNode root)
    {
        if (Sequence(root, DataVersions) is not { Children: [YamlMappingNode first, ..] }) return DataVersion.Zero;
        return new DataVersion(Number(first, "timestamp"), Number(first, "counter"));
    }

    public static void PutVersion(YamlMappingNode root, DataVersion version) =>
        Put(root, DataVersions, new YamlSequenceNode(new YamlMappingNode(
            "counter", version.Counter.ToString(CultureInfo.InvariantCulture),
            "timestamp", version.Timestamp.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Null when absent or empty.</summary>
    /// <exception cref="AclException">It is no list.</exception>
    public static YamlSequenceNode? Sequence(YamlMappingNode node, string key) => Get(node, key) switch
    {
        null or YamlScalarNode { Value: null or "" } => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "~" or "null" } => null,
        YamlSequenceNode sequence => sequence,
        _ => throw new AclException($"{key} must be a list"),
    };

    public static List<string>? List(YamlMappingNode node, string key)
    {
        if (Sequence(node, key) is not { } sequence) return null;
        var list = new List<string>(sequence.Children.Count);
        foreach (var item in sequence.Children) list.Add((item as YamlScalarNode)?.Value ?? throw new AclException($"{key} must be a list of texts"));
        return list;
    }

    private static YamlMappingNode? Find(YamlSequenceNode accounts, string accessKey)
    {
        foreach (var item in accounts.Children)
        {
            if (item is YamlMappingNode account && Text(account, AccessKey) == accessKey) return account;
        }

        return null;
    }

    private static YamlNode? Get(YamlMappingNode node, string key) => node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;

    private static string? Text(YamlMappingNode node, string key) => Get(node, key) switch
    {
        null => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" } => null,
        YamlScalarNode scalar => scalar.Value,
        _ => throw new AclException($"{key} must be a text"),
    };

    private static long Number(YamlMappingNode node, string key) =>
        long.TryParse(Text(node, key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : 0;

    private static void Set(YamlMappingNode node, string key, string? value)
    {
        if (!string.IsNullOrEmpty(value)) Put(node, key, Scalar(value));
    }

    private static T Put<T>(YamlMappingNode node, string key, T value)
        where T : YamlNode
    {
        node.Children[new YamlScalarNode(key)] = value;
        return value;
    }

    /// <summary>Quoted: a secret of digits must stay a text for whoever reads the file next.</summary>
    private static YamlScalarNode Scalar(string value) => new(value) { Style = ScalarStyle.DoubleQuoted };
}
