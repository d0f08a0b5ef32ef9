namespace RocketAspire.Hosting.Publishing.Hosts;

/// <summary>The systemd unit of one node.</summary>
internal static class SystemdUnit
{
    public static string NameOf(NodeFile node) => $"rocketmq-{node.Name}.service";

    /// <param name="node">The node.</param>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="nameServersHere">Name servers of the same host: a broker starts after them and stops before them.</param>
    public static string Write(NodeFile node, string cluster, IEnumerable<NodeFile> nameServersHere)
    {
        var after = string.Join(' ', new[] { "network-online.target" }.Concat(node.IsNameServer ? [] : nameServersHere.Select(NameOf)));
        return $"""
            [Unit]
            Description=RocketMQ {(node.IsNameServer ? "name server" : "broker")} {node.Name} of {cluster}
            Documentation=https://rocketmq.apache.org/docs/
            Wants=network-online.target
            After={after}

            [Service]
            User=rocketmq
            Group=rocketmq
            ExecStart=/bin/sh /usr/local/lib/rocketmq/run-node.sh {node.Launcher} /etc/rocketmq/{node.FileName}
            Restart=on-failure
            RestartSec=5
            # TERM goes to every process of the unit, so that the JVM behind RocketMQ's two shells gets it too; it ends with 143.
            KillMode=control-group
            SuccessExitStatus=143
            # A broker flushes its log before it ends.
            TimeoutStopSec=120
            # A file a log segment, a consume queue and a connection.
            LimitNOFILE=655350
            NoNewPrivileges=true
            ProtectSystem=strict
            ProtectHome=true
            PrivateTmp=true
            PrivateDevices=true
            ProtectKernelTunables=true
            ProtectKernelModules=true
            ProtectControlGroups=true
            RestrictSUIDSGID=true
            ReadWritePaths=/data/rocketmq /var/lib/rocketmq

            [Install]
            WantedBy=multi-user.target

            """.ReplaceLineEndings("\n");
    }
}
