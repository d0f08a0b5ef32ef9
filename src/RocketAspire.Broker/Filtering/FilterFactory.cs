using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Filtering;

/// <summary>Makes the filters of subscriptions. Parsed expressions are kept, since a pull may bring its own with it each time.</summary>
public sealed class FilterFactory(ConsumerGroupTable consumers, BrokerConfiguration configuration)
{
    private const int MaxKept = 1000;
    private const int MaxKeptLength = 64 * 1024;

    private readonly ConcurrentDictionary<string, (SqlExpression? Expression, string? Problem)> _parsed = new(StringComparer.Ordinal);

    /// <summary>What is said to a filter that this broker doesn't evaluate.</summary>
    public static string UnsupportedExpression(string expressionType) =>
        $"The broker does not support consumer to filter message by {expressionType}";

    /// <summary>Null when the expression can be evaluated; else the answer to whoever wants to subscribe with it.</summary>
    public Refusal? Check(SubscriptionData subscription)
    {
        if (subscription.IsTagType) return null;
        if (!IsSupported(subscription)) return new(ResponseCode.SystemError, UnsupportedExpression(subscription.ExpressionType));
        return TryParse(subscription.SubString, out _, out var problem)
            ? null
            : new(ResponseCode.SubscriptionParseFailed, $"Invalid MessageSelector of topic {subscription.Topic}, {problem}");
    }

    /// <summary>The filter of a subscription that <see cref="Check"/> let pass; null lets everything pass.</summary>
    public IQueueFilter? For(string group, SubscriptionData subscription)
    {
        if (subscription.ClassFilterMode) return null;
        if (configuration.Current.FilterSupportRetry && subscription.Topic.StartsWith(TopicNames.RetryPrefix, StringComparison.Ordinal))
        {
            return new RetryFilter(topic => ExpressionOf(group, topic));
        }

        if (subscription.IsTagType) return TagFilter.For(subscription);
        return TryParse(subscription.SubString, out var expression, out _) ? new SqlFilter(expression) : null;
    }

    private bool IsSupported(SubscriptionData subscription) =>
        subscription.ExpressionType == SubscriptionData.Sql92 && configuration.Current.EnablePropertyFilter;

    private SqlExpression? ExpressionOf(string group, string topic) =>
        consumers.FindSubscription(group, topic, out _) is { IsTagType: false } subscription && TryParse(subscription.SubString, out var expression, out _)
            ? expression
            : null;

    private bool TryParse(string text, [NotNullWhen(true)] out SqlExpression? expression, [NotNullWhen(false)] out string? problem)
    {
        if (!_parsed.TryGetValue(text, out var known))
        {
            SqlExpression.TryParse(text, out known.Expression, out known.Problem);
            // Whoever sends a new one each time must not fill the memory.
            if (_parsed.Count >= MaxKept) _parsed.Clear();
            if (text.Length <= MaxKeptLength) _parsed[text] = known;
        }

        (expression, problem) = known;
        return expression is not null;
    }
}
