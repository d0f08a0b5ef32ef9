using System.Net;
using RocketAspire.Client;
using RocketAspire.Protocol.Config;
using RocketAspire.Proxy;

namespace RocketAspire.Server;

/// <summary>A proxy's options from the command line, then <c>rmq-proxy.json</c>, then the environment.</summary>
internal static class ProxySettings
{
    private const int MinCacheSeconds = 1;

    /// <exception cref="CommandException">Something is wrong, in one line.</exception>
    public static ProxyOptions Read(CommandLine line, ProxyConfigFile config)
    {
        if ((line.ProxyMode ?? config.Text("proxyMode")) is { } mode && !mode.Equals("cluster", StringComparison.OrdinalIgnoreCase))
            throw new CommandException(ExitCode.Configuration, $"proxy: proxyMode: '{mode}' can't be, only cluster: brokers run by themselves");
        var given = line.NameServers ?? config.Text("namesrvAddr") ?? Environment.GetEnvironmentVariable("NAMESRV_ADDR");
        if (!NameServerList.TryParse(given, out var nameServers, out var problem)) throw new CommandException(ExitCode.Configuration, $"proxy: -n: {problem}");
        var options = new ProxyOptions { NameServers = nameServers, Tls = Tls(config) };
        if (config.Number("grpcServerPort", 1, ushort.MaxValue) is { } port) options = options with { Listen = new IPEndPoint(options.Listen.Address, port) };
        if (line.Listen is { } listen) options = options with { Listen = listen };
        if (line.Advertise is { } advertise) options = options with { Advertised = advertise.Split(',') };
        return WithLimits(options, config);
    }

    /// <summary>Metrics as a broker's settings ask for them, under the same names.</summary>
    /// <exception cref="CommandException">An address is none.</exception>
    public static ObservabilityOptions Told(CommandLine line, ProxyConfigFile config, ProxyOptions options)
    {
        var told = new ObservabilityOptions("proxy", line.HealthPort);
        var (host, port, target) = (config.Text("metricsPromExporterHost"), config.Number("metricsPromExporterPort", 1, ushort.MaxValue) ?? 5557, config.Text("metricsGrpcExporterTarget"));
        switch (config.Text("metricsExporterType")?.ToUpperInvariant())
        {
            case null or "DISABLE" or "0":
                return told;
            case "PROM" or "2":
                var address = host is null ? options.Listen.Address : IPAddress.TryParse(host, out var given) ? given : throw config.Wrong("metricsPromExporterHost", $"'{host}' is no IP address");
                return told with { Prometheus = new IPEndPoint(address, port) };
            case "OTLP_GRPC" or "1":
                return Uri.TryCreate(target, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                    ? told with { MetricsTarget = uri } : throw config.Wrong("metricsGrpcExporterTarget", $"'{target}' is no address such as http://127.0.0.1:4317");
            case var other:
                throw config.Wrong("metricsExporterType", $"'{other}' is not DISABLE, PROM or OTLP_GRPC");
        }
    }

    private static ProxyOptions WithLimits(ProxyOptions options, ProxyConfigFile config) => options with
    {
        ClusterName = config.Text("proxyClusterName") ?? config.Text("rocketMQClusterName") ?? options.ClusterName,
        Name = config.Text("proxyName") ?? options.Name,
        // Zero or less is Apache's way to say that there is no limit.
        MaxMessageBytes = config.Number("maxMessageSize", int.MinValue) is { } body ? body > 0 ? body : int.MaxValue : options.MaxMessageBytes,
        MaxRequestBytes = config.Number("grpcMaxInboundMessageSize", 1024) ?? options.MaxRequestBytes,
        MetadataMaxAge = config.Number("topicConfigCacheRefreshSeconds", MinCacheSeconds, 86_400) is { } age ? TimeSpan.FromSeconds(age) : options.MetadataMaxAge,
        ClientTimeout = config.Number("grpcClientIdleTimeMills", 1000) is { } idle ? TimeSpan.FromMilliseconds(idle) : options.ClientTimeout,
        ProducerHeartbeatInterval = config.Number("transactionHeartbeatPeriodSecond", 1, 86_400) is { } beat ? TimeSpan.FromSeconds(beat) : options.ProducerHeartbeatInterval,
        RenewInterval = config.Number("renewSchedulePeriodMillis", 100, 60_000) is { } renew ? TimeSpan.FromMilliseconds(renew) : options.RenewInterval,
        ChecksMessageType = config.Flag("enableTopicMessageTypeCheck") ?? options.ChecksMessageType,
    };

    /// <summary>Apache's three settings of the proxy are over those of every node.</summary>
    private static TlsSettings Tls(ProxyConfigFile config)
    {
        var common = TlsFile.Read("proxy", PropertiesFile.Empty);
        var (key, cert) = (config.Text("tlsKeyPath"), config.Text("tlsCertPath"));
        if (config.Flag("tlsTestModeEnable") is not { } isTest) return common;
        if (isTest) return common with { TestMode = true };
        if (key is null || cert is null) throw config.Wrong(key is null ? "tlsKeyPath" : "tlsCertPath", "is needed when tlsTestModeEnable is false");
        return common with { TestMode = false, Server = common.Server with { CertPath = cert, KeyPath = key } };
    }
}
