using Google.Protobuf.WellKnownTypes;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>What counts of a client's settings: the proxy's limits and its group's settings come before its own wishes.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/common/GrpcClientSettingsManager.java</remarks>
internal static class SettingsMerger
{
    /// <param name="wanted">The client's.</param>
    /// <param name="group">Its group's; null for a producer, and for a group that isn't there yet.</param>
    /// <param name="options">The proxy's.</param>
    public static Settings Merge(Settings wanted, SubscriptionGroupConfig? group, ProxyOptions options)
    {
        var settings = wanted.Clone();
        if (settings.PubSubCase == Settings.PubSubOneofCase.Publishing) ForProducer(settings, options);
        else if (settings.PubSubCase == Settings.PubSubOneofCase.Subscription && group is not null) ForConsumer(settings, group);
        settings.Metric = new Metric { On = false };
        return settings;
    }

    /// <summary>A consumer's settings over the defaults: what it leaves out is there.</summary>
    public static Settings WithDefaults(Settings wanted)
    {
        if (wanted.PubSubCase != Settings.PubSubOneofCase.Subscription) return wanted;
        var settings = new Settings { Subscription = new Subscription() };
        ForConsumer(settings, new SubscriptionGroupConfig());
        settings.MergeFrom(wanted);
        return settings;
    }

    private static void ForProducer(Settings settings, ProxyOptions options)
    {
        settings.BackoffPolicy = new RetryPolicy
        {
            MaxAttempts = Limits.ProducerMaxAttempts,
            ExponentialBackoff = new ExponentialBackoff
            {
                Initial = Ms(Limits.ProducerBackoffInitialMs),
                Max = Ms(Limits.ProducerBackoffMaxMs),
                Multiplier = Limits.ProducerBackoffMultiplier,
            },
        };
        settings.Publishing.ValidateMessageType = options.ChecksMessageType;
        settings.Publishing.MaxBodySize = options.MaxMessageBytes;
    }

    private static void ForConsumer(Settings settings, SubscriptionGroupConfig group)
    {
        settings.Subscription.ReceiveBatchSize = Limits.ReceiveBatchSize;
        settings.Subscription.LongPollingTimeout = Ms(Limits.MaxPollingMs);
        settings.Subscription.Fifo = group.ConsumeMessageOrderly;
        settings.BackoffPolicy ??= new RetryPolicy();
        settings.BackoffPolicy.MaxAttempts = group.RetryMaxTimes + 1;
        var policy = group.GroupRetryPolicy;
        if (policy.IsExponential)
        {
            var exponential = policy.Exponential ?? new ExponentialRetryPolicy();
            settings.BackoffPolicy.ExponentialBackoff = new ExponentialBackoff { Initial = Ms(exponential.InitialMs), Max = Ms(exponential.MaxMs), Multiplier = exponential.Multiplier };
            return;
        }

        var waits = new CustomizedBackoff();
        waits.Next.Add((policy.Customized ?? new CustomizedRetryPolicy()).NextMs.Select(Ms));
        settings.BackoffPolicy.CustomizedBackoff = waits;
    }

    private static Duration Ms(long ms) => Duration.FromTimeSpan(TimeSpan.FromMilliseconds(ms));
}
