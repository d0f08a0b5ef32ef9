using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Console.Cluster;

/// <summary>What a broker says of its rules of access.</summary>
public enum AclState
{
    /// <summary>Everybody may do everything.</summary>
    Off,

    /// <summary>On, and it tells its accounts.</summary>
    Told,

    /// <summary>On, but this release doesn't tell accounts.</summary>
    Untold,

    /// <summary>On, by the rules of 5.x (users and policies).</summary>
    Newer,

    /// <summary>It refuses, or doesn't answer.</summary>
    Unknown,
}

/// <summary>A broker's rules.</summary>
/// <param name="Node">The broker.</param>
/// <param name="State">Whether it has any.</param>
/// <param name="Config">What they are, when it tells.</param>
/// <param name="Problem">Why not.</param>
public sealed record BrokerAcl(NodeState Node, AclState State, AclConfig? Config = null, Exception? Problem = null);

/// <summary>An account as the brokers have it.</summary>
/// <param name="Info">As the first of them has it.</param>
/// <param name="On">Addresses of brokers that have it.</param>
/// <param name="Differs">Whether they have it differently, or some lack it.</param>
public sealed record AclAccountRow(AclAccountInfo Info, IReadOnlyList<string> On, bool Differs);

/// <summary>The rules of all brokers, which each keeps for itself.</summary>
public sealed record AclOverview(IReadOnlyList<BrokerAcl> Brokers)
{
    public IReadOnlyList<AclAccountRow> Accounts
    {
        get
        {
            var told = Brokers.Where(static broker => broker.Config is not null).ToList();
            return [.. told.SelectMany(static broker => broker.Config!.Accounts.Select(account => (broker.Node.Address, Account: account)))
                .GroupBy(static pair => pair.Account.AccessKey).OrderBy(static group => group.Key, StringComparer.Ordinal)
                .Select(group => new AclAccountRow(group.First().Account, [.. group.Select(static pair => pair.Address)], group.Count() < told.Count || group.Select(static pair => Text(pair.Account)).Distinct().Count() > 1))];
        }
    }

    public IReadOnlyList<string> WhiteAddresses => [.. Brokers.SelectMany(static broker => broker.Config?.GlobalWhiteAddresses ?? []).Distinct()];

    /// <summary>Whether accounts can be changed somewhere.</summary>
    public bool IsOn => Brokers.Any(static broker => broker.State is AclState.Told or AclState.Untold);

    public static async Task<AclOverview> ReadAsync(ClusterGateway gateway, IEnumerable<NodeState> nodes) =>
        new(await Task.WhenAll(nodes.Where(static node => node.Health is NodeHealth.Up or NodeHealth.Refusing).Select(node => ReadAsync(gateway, node))).ConfigureAwait(false));

    private static async Task<BrokerAcl> ReadAsync(ClusterGateway gateway, NodeState node)
    {
        try
        {
            var settings = await gateway.Admin.Brokers.GetConfigAsync(node.Address).ConfigureAwait(false);
            if (settings.GetValueOrDefault("authenticationEnabled") == "true" || settings.GetValueOrDefault("authorizationEnabled") == "true") return new(node, AclState.Newer);
            if (settings.GetValueOrDefault("aclEnable") != "true") return new(node, AclState.Off);
            var config = await gateway.Admin.Acl.GetAsync(node.Address).ConfigureAwait(false);
            return new(node, config is null ? AclState.Untold : AclState.Told, config);
        }
        catch (Exception e) when (ClusterReader.IsClusterFault(e))
        {
            return new(node, AclState.Unknown, null, e);
        }
    }

    /// <summary>Lists are compared as they are ordered: a record compares them by reference.</summary>
    private static string Text(AclAccountInfo account) =>
        $"{account.Admin} {account.WhiteRemoteAddress} {account.DefaultTopicPerm} {account.DefaultGroupPerm} {string.Join(',', account.TopicPerms.Order())} {string.Join(',', account.GroupPerms.Order())}";
}
