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
            findings.Add(server.Answers ? new(true, "name server answers:", server.Address) : new(false, "name server doesn't answer:", server.Address, "check that it runs, its port, and whether a firewall or TLS stands between"));
        var answering = now.NameServers.Where(static server => server.Answers).ToList();
        if (answering.Count == 0) return findings;
        if (answering.Select(static server => server.Nodes).Distinct().Count() > 1)
            findings.Add(new(false, "name servers know different numbers of brokers:", string.Join(", ", answering.Select(static s => $"{s.Address} {s.Nodes}")), "give each broker all name servers in namesrvAddr"));
        if (now.Groups.Count == 0)
        {
            findings.Add(new(false, "no broker is registered", "", "start one with namesrvAddr set to these name servers; one that runs registers within half a minute"));
            return findings;
        }

        foreach (var group in now.Groups) Look(group, findings);
        findings.Add(now.Topics.Any(static topic => topic.Kind is not Client.TopicKind.System)
            ? new(true, "topics of users:", now.Topics.Count(static topic => topic.Kind is not Client.TopicKind.System).ToString(System.Globalization.CultureInfo.InvariantCulture))
            : new(false, "no topic of users yet", "", "create one on the page of topics, or let brokers create them with autoCreateTopicEnable=true"));
        return findings;
    }

    private static void Look(BrokerGroup group, List<StatusFinding> findings)
    {
        if (group.Master is null) findings.Add(new(false, "group without a master; what it holds can be read, not written:", group.Name, "start its master again; a group that elects does it by itself while a majority runs"));
        else findings.Add(new(true, "group has its master:", $"{group.Name} {group.Master.Address}"));
        foreach (var node in group.Nodes)
        {
            if (node.Health == NodeHealth.Silent) findings.Add(new(false, "broker is registered and can't be reached from here:", node.Address, "check that the address that it advertises (brokerIP1:listenPort) can be reached from this machine"));
            if (node.Health == NodeHealth.Gone) findings.Add(new(false, "broker was there and is gone:", node.Address, "start it again, or forget it: it is shown for ten minutes"));
            if (node.DiskUsed > 0.85) findings.Add(new(false, "disk is nearly full:", $"{node.Address} {node.DiskUsed:P0}", "free space, or let old messages go earlier (fileReservedTime)"));
            if (group.Lag(node) > 16 * 1024 * 1024) findings.Add(new(false, "replica is far behind:", $"{node.Address} {Text.Format.Bytes(group.Lag(node))}", "look at its disk and network; until it has caught up the group must not lose its master"));
        }
    }
}
