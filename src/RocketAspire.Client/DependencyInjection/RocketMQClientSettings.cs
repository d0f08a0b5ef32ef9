using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting.Tls;

namespace RocketAspire.Client;

/// <summary>Settings of a client integration: from the section <c>Aspire:RocketMQ:Client</c>, then <c>Aspire:RocketMQ:Client:NAME</c>, then the connection string NAME, then code.</summary>
public class RocketMQClientSettings
{
    /// <summary>Name servers: <c>127.0.0.1:9876;127.0.0.1:9877</c>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The account's name, for brokers with ACL on; with <see cref="SecretKey"/>.</summary>
    public string? AccessKey { get; set; }

    public string? SecretKey { get; set; }

    public string? SecurityToken { get; set; }

    /// <summary>Stands before topics and groups on the wire.</summary>
    public string? Namespace { get; set; }

    /// <summary>TLS towards name servers and brokers.</summary>
    public bool UseTls { get; set; }

    /// <summary>Longest wait for one answer; 3 s when null.</summary>
    public TimeSpan? RequestTimeout { get; set; }

    public bool DisableHealthChecks { get; set; }

    public bool DisableTracing { get; set; }

    public bool DisableMetrics { get; set; }

    /// <summary>Tell what becomes of each message in RocketMQ's own trace topic.</summary>
    public bool EnableMessageTrace { get; set; }

    internal string Where { get; set; } = "";

    /// <exception cref="InvalidOperationException">Something is missing or wrong, with where to set it.</exception>
    internal IReadOnlyList<string> NameServers()
    {
        if (string.IsNullOrWhiteSpace(ConnectionString)) throw new InvalidOperationException($"no name servers: {Where}");
        try
        {
            return NameServerList.Parse(ConnectionString);
        }
        catch (FormatException e)
        {
            throw new InvalidOperationException($"{e.Message} ({Where})", e);
        }
    }

    /// <exception cref="InvalidOperationException">Half an account.</exception>
    internal AclCredentials? Credentials() =>
        (AccessKey, SecretKey) switch
        {
            (null or "", null or "") => null,
            ({ Length: > 0 } name, { Length: > 0 } secret) => new AclCredentials(name, secret, SecurityToken),
            _ => throw new InvalidOperationException($"AccessKey and SecretKey belong together, and one is missing ({Where})"),
        };

    // TLS of a client is given as a whole in code; from settings it is encryption, not proof of who is there, as Apache's default.
    internal TlsClient? Tls() => UseTls ? TlsClient.TrustingAll : null;

    internal T Apply<T>(T options)
        where T : RocketMQEndpointOptions
    {
        return options with
        {
            NameServers = string.Join(';', NameServers()),
            Namespace = Namespace ?? options.Namespace,
            Credentials = Credentials() ?? options.Credentials,
            Tls = Tls() ?? options.Tls,
            RequestTimeout = RequestTimeout ?? options.RequestTimeout,
            DisableTracing = DisableTracing,
            DisableMetrics = DisableMetrics,
            EnableMessageTrace = EnableMessageTrace,
        };
    }
}

/// <summary>Settings of a producer.</summary>
public sealed class RocketMQProducerSettings : RocketMQClientSettings
{
    /// <summary>The producer group; when null, the application's name.</summary>
    public string? Group { get; set; }

    /// <summary>From a send's call to its end; 10 s when null.</summary>
    public TimeSpan? SendTimeout { get; set; }

    /// <summary>Further attempts after the first; 2 when null.</summary>
    public int? MaxRetries { get; set; }
}

/// <summary>Settings of a consumer.</summary>
public sealed class RocketMQConsumerSettings : RocketMQClientSettings
{
    /// <summary>The consumer group; needed.</summary>
    public string? Group { get; set; }

    /// <summary>What to consume; at least one.</summary>
    public IList<RocketMQSubscriptionSettings> Subscriptions { get; } = [];

    /// <summary>One message of a queue after the other.</summary>
    public bool Orderly { get; set; }

    /// <summary>Each member gets all messages.</summary>
    public bool Broadcasting { get; set; }

    /// <summary>Where a new group begins.</summary>
    public ConsumeFromWhere ConsumeFromWhere { get; set; }

    /// <summary>Handlers at once; 20 when null.</summary>
    public int? Concurrency { get; set; }

    /// <summary>Unfinished messages of a queue from which on it isn't fetched from; 1000 when null.</summary>
    public int? PrefetchCount { get; set; }

    /// <summary>Retries before a message is a dead letter.</summary>
    public int? MaxReconsumeTimes { get; set; }

    /// <summary>How long a handler may take; 15 minutes when null.</summary>
    public TimeSpan? ConsumeTimeout { get; set; }
}

/// <summary>A topic with its filter.</summary>
public sealed class RocketMQSubscriptionSettings
{
    public string Topic { get; set; } = "";

    /// <summary>Tags joined by <c>||</c>, <c>*</c> for all, or an SQL92 expression.</summary>
    public string Expression { get; set; } = "*";

    /// <summary>TAG or SQL92.</summary>
    public string ExpressionType { get; set; } = "TAG";

    /// <exception cref="InvalidOperationException">Another type of expression.</exception>
    internal TopicSubscription ToSubscription() => ExpressionType.ToUpperInvariant() switch
    {
        "TAG" => TopicSubscription.Tags(Topic, Expression is "*" or "" ? [] : Expression.Split("||", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
        "SQL92" => TopicSubscription.Sql(Topic, Expression),
        _ => throw new InvalidOperationException($"subscription to {Topic}: ExpressionType '{ExpressionType}' is not allowed; allowed: TAG, SQL92"),
    };
}
