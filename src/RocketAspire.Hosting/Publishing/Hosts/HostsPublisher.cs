using System.Globalization;
using System.Text;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Publishing.Hosts;

/// <summary>Writes a cluster for bare machines: a folder a host that is copied there and installed by its own scripts.</summary>
internal static class HostsPublisher
{
    public static PublishedCluster Make(ClusterTopology topology)
    {
        var nodes = NodeFile.Of(topology);
        var hosts = nodes.GroupBy(n => n.Host, StringComparer.Ordinal).ToList();
        var readme = new HostsReadme(topology, nodes);
        var files = new List<PublishedFile> { new("README.md", readme.Write()) };
        foreach (var host in hosts) files.AddRange(FilesOf(host.Key, [.. host], topology.ClusterName, readme));
        return new PublishedCluster(
            files,
            [.. hosts.Select(h => $"{h.Key}: {string.Join(", ", h.Select(n => $"{n.Name} ({n.Role})"))}")],
            "read {folder}/README.md, copy each folder to its host and run its install.sh and start.sh");
    }

    private static IEnumerable<PublishedFile> FilesOf(string host, List<NodeFile> nodes, string cluster, HostsReadme readme)
    {
        yield return new PublishedFile($"{host}/README.md", readme.WriteFor(host));
        yield return new PublishedFile($"{host}/firewall.txt", Firewall(host, nodes));
        yield return new PublishedFile($"{host}/nodes.txt", string.Concat(nodes.Select(n => string.Create(CultureInfo.InvariantCulture, $"{n.Name} {n.Launcher} {n.FileName} {n.Port}\n"))));
        yield return new PublishedFile($"{host}/rocketmq.env", Environment());
        foreach (var node in nodes) yield return new PublishedFile($"{host}/conf/{node.FileName}", node.Conf.Write());
        foreach (var node in nodes) yield return new PublishedFile($"{host}/systemd/{SystemdUnit.NameOf(node)}", SystemdUnit.Write(node, cluster, nodes.Where(n => n.IsNameServer)));
        foreach (var (name, text) in HostScripts.All) yield return new PublishedFile($"{host}/{name}", text, IsExecutable: name != "lib.sh");
    }

    /// <summary>One line a port: what firewall rules are made from.</summary>
    private static string Firewall(string host, List<NodeFile> nodes)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# TCP ports that the nodes on {host} open: port, from whom, node, what for\n");
        foreach (var node in nodes)
            foreach (var port in node.Ports)
                text.Append(CultureInfo.InvariantCulture, $"{port.Port,-6} {(port.PeersOnly ? "cluster" : "all"),-8} {node.Name,-14} {port.What}\n");
        return text.ToString();
    }

    private static string Environment() => """
        # Read by run-node.sh for each node of this host; install.sh keeps what is changed here.
        ROCKETMQ_HOME=/opt/rocketmq
        # Where Java is, when it isn't the javac of the PATH:
        #JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64

        # Heaps. All of this host's together should leave half of its memory to the page cache, from which brokers read.
        NAMESRV_JAVA_OPTS="-Xms1g -Xmx1g -Xmn512m"
        BROKER_JAVA_OPTS="-Xms4g -Xmx4g -XX:MaxDirectMemorySize=4g"

        """.ReplaceLineEndings("\n");
}
