using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>Subscriptions as brokers want them.</summary>
internal static class Subscriptions
{
    /// <summary>With the group's retry topic when there is one.</summary>
    /// <exception cref="ArgumentException">None, or one topic twice.</exception>
    public static List<SubscriptionData> Build(IReadOnlyList<TopicSubscription> wanted, string? ns, string? retryGroup, TimeProvider time)
    {
        if (wanted.Count == 0) throw new ArgumentException("a consumer needs at least one subscription");
        var result = new List<SubscriptionData>();
        foreach (var subscription in wanted)
        {
            var built = Build(subscription, ns, time);
            if (result.Exists(other => other.Topic == built.Topic)) throw new ArgumentException($"topic {subscription.Topic} is subscribed to twice: join its tags with TopicSubscription.Tags");
            result.Add(built);
        }

        if (retryGroup is not null) result.Add(new SubscriptionData { Topic = TopicNames.Retry(retryGroup), SubVersion = time.GetUtcNow().ToUnixTimeMilliseconds() });
        return result;
    }

    public static SubscriptionData Build(TopicSubscription subscription, string? ns, TimeProvider time)
    {
        var topic = Namespaces.Wrap(ns, subscription.Topic);
        SubscriptionData.TryBuild(topic, subscription.Expression, subscription.ExpressionType, out var built);
        return built with { SubVersion = time.GetUtcNow().ToUnixTimeMilliseconds() };
    }
}
