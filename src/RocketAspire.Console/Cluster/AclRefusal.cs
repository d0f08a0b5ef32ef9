using System.Text.RegularExpressions;
using RocketAspire.Client;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Console.Cluster;

/// <summary>A broker's refusal by its rules of access, in words for people.</summary>
/// <param name="Reason">What is refused, in English; a name may stand behind it.</param>
/// <param name="Subject">The account, or what it may not do.</param>
/// <param name="Advice">What to do.</param>
public sealed partial record AclRefusal(string Reason, string Subject, string Advice)
{
    public string Text => Subject.Length > 0 ? $"{Reason} {Subject}" : Reason;

    /// <summary>Null when it is no refusal of that kind.</summary>
    public static AclRefusal? Of(Exception? e) => e switch
    {
        RocketMQResponseException { Code: ResponseCode.SystemError or ResponseCode.NoPermission, Remark: { } remark } => Of(remark),
        RocketMQPartialChangeException { Failed: [{ Reason: { } reason }, ..] } => Of(reason),
        NotTakenException { InnerException: { } reason } => Of(reason),
        _ => null,
    };

    /// <summary>By the words of Apache's 4.9 and 5.x, which our own brokers use too.</summary>
    public static AclRefusal? Of(string remark)
    {
        if (remark.Contains("No accessKey is configured", StringComparison.Ordinal) || remark.Contains("username cannot be null", StringComparison.OrdinalIgnoreCase))
            return new("brokers ask for an account, and this console has none", "", "start the console with --account FILE (lines accessKey: and secretKey:), or give it an account on the page Ops");
        if (Unknown().Match(remark) is { Success: true } unknown)
            return new("brokers don't know the account", First(unknown), "check the access key, or add the account to their plain_acl.yml");
        if (Signature().Match(remark) is { Success: true } signature)
            return new("the secret key is wrong of account", First(signature), "check the secret key; it is compared letter by letter");
        if (NeedAdmin().Match(remark) is { Success: true } admin)
            return new("only an admin may do this, which is not account", First(admin), "give the console an account with admin: true");
        return Denied().Match(remark) is { Success: true } denied
            ? new("the account has no permission for", First(denied), "give the account the permission (PUB or SUB), or take an admin's")
            : null;
    }

    private static string First(Match match) => match.Groups.Cast<Group>().Skip(1).FirstOrDefault(static group => group.Success)?.Value ?? "";

    [GeneratedRegex(@"No acl config for ([^\s,]+)|No PlainAccessResource for accessKey=([^\s,]+)|User:(\S+) is (?:not found|disabled)", RegexOptions.IgnoreCase)]
    private static partial Regex Unknown();

    [GeneratedRegex(@"Check signature failed(?: for accessKey=([^\s,]+))?|check signature failed", RegexOptions.IgnoreCase)]
    private static partial Regex Signature();

    [GeneratedRegex(@"Need admin permission.*accessKey=([^\s,]+)")]
    private static partial Regex NeedAdmin();

    [GeneratedRegex(@"No (?:default )?permission for ([^\s,]+)|has no permission to access ([^\s,]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Denied();
}
