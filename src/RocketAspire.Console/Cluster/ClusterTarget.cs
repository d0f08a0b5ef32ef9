using RocketAspire.Client;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting.Tls;

namespace RocketAspire.Console.Cluster;

/// <summary>Which cluster is asked, and how. Never changes.</summary>
/// <param name="NameServers">As <c>ip:port</c>.</param>
/// <param name="Credentials">The account that requests are signed with; null: they are not.</param>
/// <param name="Tls">Whether connections are encrypted.</param>
/// <param name="VipChannel">Whether brokers are asked at their VIP port.</param>
public sealed record ClusterTarget(IReadOnlyList<string> NameServers, AclCredentials? Credentials = null, bool Tls = false, bool VipChannel = false)
{
    // A page must say soon that a node is silent.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    // As much as a frame holds: a broker that takes less says so.
    private const int MaxMessageBytes = (16 * 1024 * 1024) - (256 * 1024);

    public static ClusterTarget Of(ConsoleOptions options) => new(options.NameServers, options.Credentials, options.Tls, options.VipChannel);

    /// <summary>For logs: no secret.</summary>
    public override string ToString() => $"{string.Join(';', NameServers)}{(Tls ? ", with TLS" : "")}{(VipChannel ? ", by the VIP port" : "")}{(Credentials is { } account ? $", as {account.AccessKey}" : "")}";

    public RocketMQConnection Connect(ILoggerFactory loggers) => new(
        new RocketMQClientOptions
        {
            NameServers = NameServers,
            RequestTimeout = Timeout,
            ConnectTimeout = Timeout,
            MaxMessageBytes = MaxMessageBytes,
            Credentials = Credentials,
            Tls = Tls ? TlsClient.TrustingAll : null,
            VipChannel = VipChannel,
        },
        loggers);
}
