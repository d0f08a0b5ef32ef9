using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting;

/// <summary>Adds RocketMQ clusters to an AppHost and shapes them.</summary>
public static class RocketMQBuilderExtensions
{
    /// <summary>
    /// Adds a cluster: two masters with a slave each, replicated synchronously, unless the AppHost or the settings say otherwise.
    /// Settings come from the section <c>RocketMQ</c>, the environment (<c>RocketMQ__Topology</c>) and switches (<c>--topology</c>).
    /// </summary>
    /// <param name="builder">The AppHost's builder.</param>
    /// <param name="name">The resource's name, and with <c>-cluster</c> behind it the cluster's.</param>
    /// <exception cref="RocketMQSettingException">A setting is wrong; its message is one line for the user.</exception>
    public static IResourceBuilder<RocketMQClusterResource> AddRocketMQ(this IDistributedApplicationBuilder builder, string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return ClusterBuilder.Add(builder, name);
    }

    /// <summary>The topology unless the settings name one: <c>2m-2s-sync</c>, <c>2m-2s-async</c>, <c>2m-noslave</c>, <c>dledger</c>, <c>single</c>.</summary>
    public static IResourceBuilder<RocketMQClusterResource> WithTopology(this IResourceBuilder<RocketMQClusterResource> builder, string topology)
    {
        ClusterBuilder.Of(builder).UseTopology(topology);
        return builder;
    }

    /// <summary>How many name servers, 1 to 9, unless the settings say it.</summary>
    public static IResourceBuilder<RocketMQClusterResource> WithNameServers(this IResourceBuilder<RocketMQClusterResource> builder, int count)
    {
        ClusterBuilder.Of(builder).Change(plan => plan with { NameServers = count });
        return builder;
    }

    /// <summary>Groups of a master with slaves, instead of those of the named topology.</summary>
    /// <param name="builder">The cluster's builder.</param>
    /// <param name="groups">1 to 26: <c>broker-a</c>, <c>broker-b</c>, and so on.</param>
    /// <param name="slavesPerMaster">0 to 9; at least 1 with <see cref="Replication.Sync"/>.</param>
    /// <param name="replication">Whether a master's answer waits for a slave and the disk.</param>
    public static IResourceBuilder<RocketMQClusterResource> WithMasterSlave(this IResourceBuilder<RocketMQClusterResource> builder, int groups, int slavesPerMaster, Replication replication)
    {
        if (groups is < 1 or > 26) throw new RocketMQSettingException($"WithMasterSlave: {groups} groups asked for; allowed are 1 to 26");
        ClusterBuilder.Of(builder).UseGroups(before => [.. before.OfType<DLedgerGroup>(), .. ClusterPlan.MasterSlave(groups, slavesPerMaster, replication)]);
        return builder;
    }

    /// <summary>A group of nodes that elect their leader, beside the groups added by such calls before.</summary>
    /// <param name="builder">The cluster's builder.</param>
    /// <param name="group">Its <c>brokerName</c>.</param>
    /// <param name="nodes">3, 5 or 7.</param>
    public static IResourceBuilder<RocketMQClusterResource> WithDLedger(this IResourceBuilder<RocketMQClusterResource> builder, string group, int nodes)
    {
        ClusterBuilder.Of(builder).UseGroups(before => [.. before, new DLedgerGroup(group, nodes)]);
        return builder;
    }

    /// <summary>A line of <c>broker.conf</c>, for every broker or for one; the last one given wins.</summary>
    /// <param name="builder">The cluster's builder.</param>
    /// <param name="key">As in <c>broker.conf</c>.</param>
    /// <param name="value">As in <c>broker.conf</c>.</param>
    /// <param name="broker">A node's name, such as <c>broker-a-s</c>; null for every broker.</param>
    public static IResourceBuilder<RocketMQClusterResource> WithBrokerSetting(this IResourceBuilder<RocketMQClusterResource> builder, string key, string value, string? broker = null)
    {
        ClusterBuilder.Of(builder).Change(plan => plan with { Settings = plan.Settings.Add(new BrokerSetting(broker, key, value)) });
        return builder;
    }

    /// <summary>Keeps the cluster's data in a folder, unless the settings name one. A relative path counts from where the AppHost is called.</summary>
    public static IResourceBuilder<RocketMQClusterResource> WithDataPath(this IResourceBuilder<RocketMQClusterResource> builder, string path)
    {
        ClusterBuilder.Of(builder).UseDataPath(path);
        return builder;
    }

    /// <summary>Adds an application that shows the cluster at work, when the setting <c>--sample</c> asks for it.</summary>
    /// <param name="builder">The cluster's builder.</param>
    /// <param name="add">Adds its resources; gets the first of three ports that are theirs, the port offset added.</param>
    public static IResourceBuilder<RocketMQClusterResource> WithSample(this IResourceBuilder<RocketMQClusterResource> builder, Action<IResourceBuilder<RocketMQClusterResource>, int> add)
    {
        ClusterBuilder.Of(builder).AddSample(firstPort => add(builder, firstPort));
        return builder;
    }

    /// <summary>The port a broker listens on, instead of its usual one plus the port offset; two below it is its VIP port, one above its HA port.</summary>
    /// <param name="builder">The cluster's builder.</param>
    /// <param name="broker">The node's name, such as <c>broker-a-s</c>.</param>
    /// <param name="port">1 to 65535.</param>
    public static IResourceBuilder<RocketMQClusterResource> WithHostPort(this IResourceBuilder<RocketMQClusterResource> builder, string broker, int port) =>
        builder.WithBrokerSetting("listenPort", port.ToString(System.Globalization.CultureInfo.InvariantCulture), broker);
}
