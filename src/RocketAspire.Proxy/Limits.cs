namespace RocketAspire.Proxy;

/// <summary>Numbers that clients know.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/config/ProxyConfig.java</remarks>
internal static class Limits
{
    public const int MaxUserPropertyBytes = 16 * 1024;
    public const int MaxUserProperties = 128;
    public const int MaxMessageGroupBytes = 64;
    public const long MaxDelayMs = 24 * 3600 * 1000;
    public const long MaxTransactionRecoverySeconds = 3600;

    public const long DefaultInvisibleMs = 60_000;
    public const long MinReceiveInvisibleMs = 10_000;
    public const long MaxInvisibleMs = 12 * 3600 * 1000;

    /// <summary>Of what couldn't be handed over, or whose client is gone.</summary>
    public const long GiveBackMs = 1000;

    public const long MinPollingMs = 5000;
    public const long MaxPollingMs = 20_000;
    public const int ReceiveBatchSize = 32;

    public const int ProducerMaxAttempts = 3;
    public const long ProducerBackoffInitialMs = 10;
    public const long ProducerBackoffMaxMs = 1000;
    public const float ProducerBackoffMultiplier = 2;

    /// <summary>Largest settings of one client, in bytes: they are kept.</summary>
    public const int MaxSettingsBytes = 256 * 1024;
}
