using System.Net;

namespace RocketAspire.Console.Cluster;

/// <summary>One thing that was looked at.</summary>
/// <param name="Good">Whether it is well.</param>
/// <param name="Text">What was found, in English.</param>
/// <param name="Subject">Names and addresses that it is about.</param>
/// <param name="Advice">What can be done about it.</param>
public sealed record StatusFinding(bool Good, string Text, string Subject = "", string? Advice = null);

/// <summary>Why a cluster looks empty, or not whole.</summary>
public static class StatusCheck
{
    public static IReadOnlyList<StatusFinding> Of(ClusterSnapshot now)
    {
        var findings = new List<StatusFinding>();
        foreach (var server in now.NameServers)
            findings.Add(server.Answers ? new(true, "name server answers:", server.Address) : new(false, "name server doesn't answer:", $"{server.Address} ({server.Problem})", "check that it runs, its port, and whether a firewall or TLS stands between"));
        var answering = now.NameServers.Where(static server => server.Answers).ToList();
        if (answering.Count == 0) return findings;
        var all = answering.SelectMany(static server => server.Brokers).Distinct(StringComparer.Ordinal).ToList();
        foreach (var server in answering.Where(server => server.Nodes < all.Count))
            findings.Add(new(false, "a name server lacks brokers that others know:", $"{server.Address}: {string.Join(", ", all.Except(server.Brokers).Take(8))}", "give each broker all name servers in namesrvAddr; if it has them, the network between those two is broken"));
        if (now.Groups.Count == 0)
        {
            findings.Add(new(false, "no broker is registered", "", "start one with namesrvAddr set to these name servers; one that runs registers within half a minute"));
            return findings;
        }

        foreach (var group in now.Groups) Look(group, [.. answering.Select(static server => server.Address)], findings);
        if (now.Refusal is null) findings.Add(now.Topics.Any(static topic => topic.Kind is not Client.TopicKind.System)
            ? new(true, "topics of users:", now.Topics.Count(static topic => topic.Kind is not Client.TopicKind.System).ToString(System.Globalization.CultureInfo.InvariantCulture))
            : new(false, "no topic of users yet", "", "create one on the page of topics, or let brokers create them with autoCreateTopicEnable=true"));
        return findings;
    }

    /// <summary>Whether name servers that don't answer would with TLS, or without.</summary>
    public static async Task<IReadOnlyList<StatusFinding>> TlsAsync(ClusterGateway gateway)
    {
        var target = gateway.Target;
        foreach (var server in target.NameServers)
        {
            try
            {
                await gateway.TestAsync(target with { NameServers = [server], Tls = !target.Tls }).ConfigureAwait(false);
            }
            catch (Exception e) when (ClusterReader.IsClusterFault(e) && e is not NotTakenException)
            {
                continue;
            }

            return [target.Tls ? new(false, "it answers without TLS:", server, "switch TLS off above, or turn it on at the cluster (tls.server.mode)") : new(false, "it answers with TLS:", server, "switch TLS on above, or start the console with --tls true")];
        }

        return [];
    }

    private static void Look(BrokerGroup group, IReadOnlyList<string> nameServers, List<StatusFinding> findings)
    {
        if (group.Master is null) findings.Add(new(false, "group without a master; what it holds can be read, not written:", group.Name, "start its master again; a group that elects does it by itself while a majority runs"));
        else findings.Add(new(true, "group has its master:", $"{group.Name} {group.Master.Address}"));
        foreach (var node in group.Nodes)
        {
            if (node.Health == NodeHealth.Silent) findings.Add(new(false, "broker is registered and can't be reached from here:", $"{node.Address} ({node.Problem})", WhyUnreachable(node.Address, nameServers)));
            if (node.Refusal is { } refusal) findings.Add(new(false, "broker refuses this console:", $"{node.Address} ({refusal.Text})", refusal.Advice));
            if (node.Health == NodeHealth.Gone) findings.Add(new(false, "broker was there and is gone:", node.Address, "start it again, or forget it: it is shown for ten minutes"));
            if (node.DiskUsed > 0.85) findings.Add(new(false, "disk is nearly full:", $"{node.Address} {node.DiskUsed:P0}", "free space, or let old messages go earlier (fileReservedTime)"));
            if (group.Lag(node) > 16 * 1024 * 1024) findings.Add(new(false, "replica is far behind:", $"{node.Address} {Text.Format.Bytes(group.Lag(node))}", "look at its disk and network; until it has caught up the group must not lose its master"));
        }
    }

    /// <summary>Name servers answer and the broker doesn't: most often it advertises an address of another network.</summary>
    private static string WhyUnreachable(string broker, IReadOnlyList<string> nameServers)
    {
        if (!IPEndPoint.TryParse(broker, out var at)) return "the broker advertises a name that must resolve on this machine too; better give it an address in brokerIP1";
        var servers = nameServers.Select(static server => IPEndPoint.TryParse(server, out var endpoint) ? endpoint.Address : null).OfType<IPAddress>().ToList();
        if (IPAddress.IsLoopback(at.Address) && servers.Count > 0 && !servers.Any(IPAddress.IsLoopback))
            return "it advertises this machine's own loopback though its name servers are elsewhere: set brokerIP1 to an address that others reach";
        if (!IPAddress.IsLoopback(at.Address) && servers.Count > 0 && servers.All(IPAddress.IsLoopback))
            return "it advertises an address of another network than its name servers here, such as a container's: set brokerIP1 to an address that this machine reaches";
        return "check that the address that it advertises (brokerIP1:listenPort) can be reached from this machine";
    }
}
