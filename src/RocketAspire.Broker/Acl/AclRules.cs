using System.Net;
using System.Security.Cryptography;
using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Broker.Acl;

/// <summary>All rules in force at one moment. Never changes.</summary>
/// <remarks>
/// Sources: PlainAccessValidator and PlainPermissionManager of
/// https://github.com/apache/rocketmq/tree/rocketmq-all-4.9.8/acl/src/main/java/org/apache/rocketmq/acl/plain, with their words.
/// </remarks>
internal sealed class AclRules
{
    // Signed by clients from 4.9.4 on, and not by older ones.
    private const string UniqueKeyQuery = "_UNIQUE_KEY_QUERY";

    private readonly Dictionary<string, (AclAccount Account, string Path)> _accounts = new(StringComparer.Ordinal);
    private readonly List<AddressRule> _white = [];

    /// <param name="files">The files, the first one of an account wins.</param>
    public AclRules(IReadOnlyList<AclFile> files)
    {
        Files = files;
        foreach (var file in files)
        {
            _white.AddRange(file.White);
            foreach (var account in file.Accounts)
            {
                if (!_accounts.TryAdd(account.AccessKey, (account, file.Path))) Repeated.Add(account.AccessKey);
            }
        }
    }

    public IReadOnlyList<AclFile> Files { get; }

    /// <summary>Accounts that stand in more than one place.</summary>
    public List<string> Repeated { get; } = [];

    /// <summary>The file of an account, or null.</summary>
    public string? PathOf(string accessKey) => _accounts.TryGetValue(accessKey, out var found) ? found.Path : null;

    /// <summary>Why the request is refused, or null.</summary>
    /// <param name="request">The request.</param>
    /// <param name="remote">Where it comes from; IPv4 as such.</param>
    public string? Refuse(RemotingCommand request, IPAddress remote) =>
        Identify(request.ExtFields[AclCredentials.AccessKeyField], remote, secretKey => IsSigned(request, secretKey), out var account)
            ?? (account is null ? null : RefuseResources(request, account));

    /// <summary>Why a request that doesn't come by remoting is refused, or null.</summary>
    /// <param name="accessKey">Null: it names no account.</param>
    /// <param name="remote">Where it comes from; IPv4 as such.</param>
    /// <param name="isSigned">Whether it is signed with that secret.</param>
    /// <param name="needs">What it touches: each takes one of its permissions.</param>
    public string? Refuse(string? accessKey, IPAddress remote, Func<string, bool> isSigned, IReadOnlyList<AclNeed> needs) =>
        Identify(accessKey, remote, isSigned, out var account) ?? (account is null ? null : RefuseNeeds(account, needs));

    /// <summary>No account and no reason: let in by its address.</summary>
    private string? Identify(string? accessKey, IPAddress remote, Func<string, bool> isSigned, out AclAccount? account)
    {
        account = null;
        foreach (var rule in _white)
        {
            if (rule.Matches(remote)) return null;
        }

        if (accessKey is null) return "No accessKey is configured";
        if (!_accounts.TryGetValue(accessKey, out var found)) return $"No acl config for {accessKey}";
        if (found.Account.White.Matches(remote)) return null;
        if (!isSigned(found.Account.SecretKey)) return $"Check signature failed for accessKey={accessKey}";
        account = found.Account;
        return null;
    }

    private static string? RefuseResources(RemotingCommand request, AclAccount account)
    {
        List<AclNeed> needs;
        try
        {
            needs = AclNeeds.Of(request);
        }
        catch (FastJsonException e)
        {
            return e.Message;
        }

        // Whoever is known may write traces.
        if (needs.Contains(new AclNeed(TopicNames.TraceTopic, IsGroup: false, AclPermission.Pub))) return null;
        if (!account.Admin && AclNeeds.Admin(request.Code)) return $"Need admin permission for request code={request.Code}, but accessKey={account.AccessKey} is not";
        return RefuseNeeds(account, needs);
    }

    private static string? RefuseNeeds(AclAccount account, IReadOnlyList<AclNeed> needs)
    {
        if (account.Admin && account.Topics.Count == 0 && account.Groups.Count == 0) return null;
        foreach (var need in needs)
        {
            if (!Owned(account, need).Allow(need.Permission)) return $"No default permission for {need}";
        }

        return null;
    }

    private static AclPermission Owned(AclAccount account, AclNeed need)
    {
        if (!need.IsGroup) return account.Topics.TryGetValue(need.Name, out var topic) ? topic : account.DefaultTopic;
        if (account.Groups.TryGetValue(need.Name, out var group)) return group;
        return account.Topics.TryGetValue(TopicNames.Retry(need.Name), out var retry) ? retry : account.DefaultGroup;
    }

    private static bool IsSigned(RemotingCommand request, string secretKey)
    {
        if (request.ExtFields[AclCredentials.SignatureField] is not { } signature) return false;
        if (Equal(AclCredentials.Signature(request, secretKey), signature)) return true;
        return request.ExtFields[UniqueKeyQuery] is not null && Equal(AclCredentials.Signature(request, secretKey, UniqueKeyQuery), signature);
    }

    private static bool Equal(string expected, string actual) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(actual));
}
