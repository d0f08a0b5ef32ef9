using System.Globalization;
using System.Text;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Publishing.Hosts;

/// <summary>What the people do who bring the cluster up: one text for the whole, one a host.</summary>
internal sealed class HostsReadme(ClusterTopology topology, IReadOnlyList<NodeFile> nodes)
{
    private readonly bool _isDLedger = topology.Brokers.Any(b => b.IsDLedger);
    private readonly bool _hasSlaves = nodes.Any(n => n.Role == "SLAVE");

    public string Write()
    {
        var text = new StringBuilder();
        Line(text, $"# {topology.ClusterName} on bare hosts");
        Line(text, $"Name servers, as clients take them: `{topology.NameServerList}`");
        Table(text, nodes);
        Line(text, """
            ## Before
            - Each host has an unpacked Apache RocketMQ (5.3, or 4.9 from 4.9.2 on) of the same version in `/opt/rocketmq`, or elsewhere with `ROCKETMQ_HOME` set for `install.sh`, and a JDK of 8 or later (RocketMQ's scripts look for `javac`).
            - `/data/rocketmq` is on a disk with room for five days of messages: log files are kept 120 hours (`fileReservedTime`).
            - The addresses above are the hosts' own. A host with several tells clients the one that RocketMQ finds first; when that is the wrong one, publish again with `brokerIP1` set for its brokers (`WithBrokerSetting`).
            - The ports of each host's `firewall.txt` are open: `all` to clients and to every host, `cluster` to the hosts only. For example: `awk '$2 == "all" { print $1 }' firewall.txt | xargs -I % ufw allow %/tcp`.
            - The hosts' clocks agree (NTP): consumers find messages by time.
            """);
        Line(text, $"""
            ## First start
            1. Copy each folder to its host, for example `scp -r {nodes[0].Host} root@{nodes[0].Host}:rocketmq`.
            2. On each host set the heaps in `rocketmq.env` to its memory, then `./install.sh`. It makes the user `rocketmq`, the folders, the settings in `/etc/rocketmq` and the systemd units; it starts nothing.
            3. `./start.sh` on each host, in the table's order. It waits until each node listens. Brokers look for their name servers until they answer, so a slow host does no harm{(_hasSlaves ? "; until its slave is there a synchronous master answers `SLAVE_NOT_AVAILABLE`" : _isDLedger ? "; a group has a leader as soon as a majority of its nodes runs" : "")}.
            4. Check it, as below.

            Each script may be run again: what is done stays as it is. `./start.sh NODE` and `./stop.sh NODE` take single nodes.
            """);
        Line(text, $"""
            ## Checking
            ```
            /opt/rocketmq/bin/mqadmin clusterList -n '{topology.NameServerList}'
            /opt/rocketmq/bin/mqadmin getBrokerConfig -n '{topology.NameServerList}' -b {topology.Brokers[0].Address}
            /opt/rocketmq/bin/mqadmin updateTopic -n '{topology.NameServerList}' -c {topology.ClusterName} -t Check
            /opt/rocketmq/bin/mqadmin sendMessage -n '{topology.NameServerList}' -t Check -p hello
            ```
            `clusterList` must show {topology.Brokers.Length} brokers at the addresses of the table, and the same from each name server alone. `sendMessage` must say `SEND_OK`: any other status means stored but not safe.
            """);
        Line(text, Rolling());
        Line(text, """
            ## Changing it
            Change the cluster where it was published from, publish again, copy, `./install.sh` (it keeps the files before as `*.previous`) and restart as above. `mqadmin updateBrokerConfig` changes a running broker only: its file belongs to root, and the next start has the published value again.

            ## Trying it without root
            `PREFIX=/tmp/try ROCKETMQ_HOME=… ./install.sh`, then `PREFIX=/tmp/try ./start.sh` and `PREFIX=/tmp/try ./stop.sh`: everything lies below that folder, no user is made, nodes run as whoever calls. `--no-systemd` without `PREFIX` is for hosts without systemd.
            """);
        return text.ToString();
    }

    public string WriteFor(string host)
    {
        var here = nodes.Where(n => n.Host == host).ToList();
        var text = new StringBuilder();
        Line(text, $"# {host} of {topology.ClusterName}");
        Line(text, $"Name servers, as clients take them: `{topology.NameServerList}`");
        Table(text, here);
        Line(text, $"""
            1. Open the ports of `firewall.txt`.
            2. Set the heaps in `rocketmq.env`, then `./install.sh` (`ROCKETMQ_HOME` says where Apache RocketMQ is, when not in `/opt/rocketmq`).
            3. `./start.sh`, and when all hosts are started: `/opt/rocketmq/bin/mqadmin clusterList -n '{topology.NameServerList}'`
            4. `./stop.sh` stops the nodes in the right order; `journalctl -u rocketmq-{here[^1].Name}` and `/var/lib/rocketmq/logs/rocketmqlogs` say what they do.

            The order over all hosts, restarts without an outage and changes are in the README.md above this folder where it was published.
            """);
        return text.ToString();
    }

    private static void Table(StringBuilder text, IEnumerable<NodeFile> nodes)
    {
        text.Append("| host | node | role | ports |\n|---|---|---|---|\n");
        foreach (var host in nodes.GroupBy(n => n.Host, StringComparer.Ordinal))
            foreach (var node in host)
                text.Append(CultureInfo.InvariantCulture, $"| {node.Host} | {node.Name} | {node.Role} | {string.Join(", ", node.Ports.Select(p => p.Port))} |\n");
        text.Append('\n');
    }

    private static void Line(StringBuilder text, string lines) => text.Append(lines.ReplaceLineEndings("\n")).Append("\n\n");

    private string Rolling()
    {
        var master = topology.Brokers.FirstOrDefault(b => b.IsMaster)?.BrokerName ?? topology.Brokers[0].BrokerName;
        var servers = topology.NameServerList;
        var brokers = _isDLedger
            ? $"""
                1. One node of a group at a time: followers first (`clusterList` shows the leader as BID 0), `./stop.sh NODE && ./start.sh NODE` on its host.
                2. Before the next one wait until `clusterList` shows all nodes again and the node has the leader's messages (`/opt/rocketmq/bin/mqadmin brokerStatus -n '{servers}' -b ADDRESS`: `commitLogMaxOffset` is the leader's).
                3. The leader last: its group elects another within about ten seconds, in which senders try again.
                """
            : _hasSlaves
                ? $"""
                    1. Slaves first, one at a time: `./stop.sh {master}-s && ./start.sh {master}-s` on its host. While a group's only slave is away its synchronous master answers `SLAVE_NOT_AVAILABLE`.
                    2. Before its master, wait until the slave has followed: `/opt/rocketmq/bin/mqadmin haStatus -n '{servers}' -b ADDRESS-OF-THE-MASTER` (5.x), or `commitLogMaxOffset` of both by `mqadmin brokerStatus`.
                    3. Masters one at a time: take its writes away, so that producers use the other masters, and wait half a minute: `/opt/rocketmq/bin/mqadmin wipeWritePerm -n '{servers}' -b {master}`. Then `./stop.sh {master} && ./start.sh {master}` on its host, and `/opt/rocketmq/bin/mqadmin addWritePerm -n '{servers}' -b {master}`.
                    4. The other masters only when `clusterList` shows all brokers again.
                    """
                : $"""
                    1. Brokers one at a time: `/opt/rocketmq/bin/mqadmin wipeWritePerm -n '{servers}' -b {master}`, wait half a minute, `./stop.sh {master} && ./start.sh {master}` on its host, `/opt/rocketmq/bin/mqadmin addWritePerm -n '{servers}' -b {master}`. What a broker without a copy holds can't be read while it is away.
                    2. The next one only when `clusterList` shows all brokers again.
                    """;
        return $"""
            ## Restarting without an outage
            Name servers first, one at a time (`./stop.sh {topology.NameServers[0].Name} && ./start.sh {topology.NameServers[0].Name}`): clients and brokers use the others meanwhile. Wait a minute between two, so that every broker is registered again.

            """ + "\n" + brokers;
    }
}
