namespace RocketAspire.Protocol.Config;

/// <summary>
/// The settings of TLS on the remoting port. Apache's nodes take them as system properties of these names or from
/// <c>tls.config.file</c>; ours from that file, from the node's own file, or from the environment.
/// </summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/remoting/src/main/java/org/apache/rocketmq/remoting/netty/TlsSystemConfig.java</remarks>
public static class TlsConf
{
    private static readonly ConfKeyTable Table = new();

    public static readonly BrokerConfKey<string> ServerMode = Table.Text("tls.server.mode", "permissive", "disabled, permissive (with or without TLS on one port) or enforcing", ConfVersions.Ours);
    public static readonly BrokerConfKey<bool> Enable = Table.Bool("tls.enable", false, "speak TLS to other nodes; also when tls.server.mode is enforcing", ConfVersions.Ours);
    public static readonly BrokerConfKey<string> ConfigFile = Table.Text("tls.config.file", "/etc/rocketmq/tls.properties", "a file of these settings, all but tls.server.mode and tls.enable", ConfVersions.Ours);
    public static readonly BrokerConfKey<bool> TestMode = Table.Bool("tls.test.mode.enable", true, "serve with a certificate made at start and believe every other one", ConfVersions.Ours);
    public static readonly BrokerConfKey<string> ServerNeedClientAuth = Table.Text("tls.server.need.client.auth", "none", "whether clients show a certificate: none, optional or require", ConfVersions.Ours);
    public static readonly BrokerConfKey<string> ServerKeyPath = Table.Text("tls.server.keyPath", null, "the private key, PEM", ConfVersions.Ours);
    public static readonly BrokerConfKey<string> ServerKeyPassword = Table.Text("tls.server.keyPassword", null, "what the private key is encrypted with", ConfVersions.Ours);
    public static readonly BrokerConfKey<string> ServerCertPath = Table.Text("tls.server.certPath", null, "the certificate and those that lead to its root, PEM", ConfVersions.Ours);
    public static readonly BrokerConfKey<bool> ServerAuthClient = Table.Bool("tls.server.authClient", false, "check clients' certificates", ConfVersions.Ours);
    public static readonly BrokerConfKey<string> ServerTrustCertPath = Table.Text("tls.server.trustCertPath", null, "the roots of clients' certificates, PEM; the system's when unset", ConfVersions.Ours);
    public static readonly BrokerConfKey<string> ClientKeyPath = Table.Text("tls.client.keyPath", null, "the private key shown to other nodes, PEM", ConfVersions.Ours);
    public static readonly BrokerConfKey<string> ClientKeyPassword = Table.Text("tls.client.keyPassword", null, "what that key is encrypted with", ConfVersions.Ours);
    public static readonly BrokerConfKey<string> ClientCertPath = Table.Text("tls.client.certPath", null, "the certificate shown to other nodes, PEM", ConfVersions.Ours);
    public static readonly BrokerConfKey<bool> ClientAuthServer = Table.Bool("tls.client.authServer", false, "check other nodes' certificates", ConfVersions.Ours);
    public static readonly BrokerConfKey<string> ClientTrustCertPath = Table.Text("tls.client.trustCertPath", null, "the roots of other nodes' certificates, PEM; the system's when unset", ConfVersions.Ours);

    /// <summary>Apache's own key in <c>broker.conf</c> for <see cref="Enable"/>.</summary>
    public static readonly BrokerConfKey<bool> UseTls = Table.Bool("useTLS", false, "speak TLS to other nodes");

    private static readonly Dictionary<string, BrokerConfKey> ByName = BrokerConf.Index(Table.Keys);

    public static IReadOnlyList<BrokerConfKey> Declared => Table.Keys;

    public static BrokerConfKey? Find(string name) => ByName.GetValueOrDefault(name);
}
