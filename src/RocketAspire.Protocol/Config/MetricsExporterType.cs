namespace RocketAspire.Protocol.Config;

/// <summary>How a broker tells its metrics.</summary>
public enum MetricsExporterType
{
    Disable,

    /// <summary>Sent by OTLP.</summary>
    OtlpGrpc,

    /// <summary>Served for Prometheus to fetch.</summary>
    Prometheus,
}
