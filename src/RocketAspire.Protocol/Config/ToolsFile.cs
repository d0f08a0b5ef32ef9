using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Config;

/// <summary><c>conf/tools.yml</c>: the account that mqadmin, and here a broker towards its master, signs with.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/distribution/conf/tools.yml</remarks>
public static class ToolsFile
{
    public const string Name = "tools.yml";

    /// <summary>The account in a file's text; null when it names none, or only half of one.</summary>
    public static AclCredentials? Parse(string text)
    {
        string? accessKey = null, secretKey = null;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var colon = line.IndexOf(':');
            if (colon < 0) continue;
            var value = Scalar(line[(colon + 1)..].Trim());
            if (line[..colon].Trim() is "accessKey") accessKey = value;
            else if (line[..colon].Trim() is "secretKey") secretKey = value;
        }

        return string.IsNullOrWhiteSpace(accessKey) || string.IsNullOrWhiteSpace(secretKey) ? null : new AclCredentials(accessKey, secretKey);
    }

    private static string Scalar(ReadOnlySpan<char> text)
    {
        if (text.Length > 1 && text[0] is '"' or '\'')
        {
            var end = text[1..].IndexOf(text[0]);
            if (end >= 0) return text.Slice(1, end).ToString();
        }

        var comment = text.IndexOf(" #");
        return (comment < 0 ? text : text[..comment].TrimEnd()).ToString();
    }
}
