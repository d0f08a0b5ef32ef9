using System.Globalization;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>Something the cluster said no to, or could not be asked.</summary>
public abstract class RocketMQException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What can be done about it, in one line; null when there is nothing to say.</summary>
    public virtual string? Advice => null;
}

/// <summary>A name server or broker answered with an error code.</summary>
public sealed class RocketMQResponseException(string address, int requestCode, int code, string? remark)
    : RocketMQException(string.Create(CultureInfo.InvariantCulture, $"{address} answered request {requestCode} with code {code}: {remark ?? "no reason given"}"))
{
    /// <summary>Who answered, as <c>ip:port</c>.</summary>
    public string Address { get; } = address;

    public int RequestCode { get; } = requestCode;

    /// <summary>See <see cref="Protocol.Remoting.ResponseCode"/>.</summary>
    public int Code { get; } = code;

    public string? Remark { get; } = remark;

    public override string? Advice => RocketMQAdvice.For(Code, Remark);
}

/// <summary>No name server could be asked; the message says of each why.</summary>
public sealed class RocketMQNameServersUnavailableException(IReadOnlyList<(string Address, Exception Reason)> attempts)
    : RocketMQException("no name server answers: " + string.Join("; ", attempts.Select(static attempt => attempt.Reason.Message)), attempts[^1].Reason)
{
    public IReadOnlyList<(string Address, Exception Reason)> Attempts { get; } = attempts;

    public override string Advice => "check the addresses of the name servers, and whether a firewall or TLS stands between";
}

/// <summary>The topic has no route: no broker holds it, or its brokers have no node that could serve.</summary>
public sealed class RocketMQTopicNotFoundException(string topic)
    : RocketMQException($"no name server knows a route for topic {topic}: create it, or check its brokers")
{
    public string Topic { get; } = topic;

    public override string Advice => "create the topic, or check that its brokers run and are registered";
}

/// <summary>One try of a send.</summary>
/// <param name="BrokerName">Whose queue was tried.</param>
/// <param name="Address">As <c>ip:port</c>; null when the group has no master.</param>
/// <param name="Code">The broker's answer; null when none came.</param>
/// <param name="Reason">In words.</param>
public sealed record SendAttempt(string BrokerName, string? Address, int? Code, string Reason)
{
    public override string ToString() => $"{BrokerName}{(Address is null ? "" : $" ({Address})")}: {(Code is { } code ? $"code {code}, " : "")}{Reason}";
}

/// <summary>A message was not acknowledged by any broker that was tried. One that didn't answer may have stored it all the same.</summary>
public sealed class RocketMQSendException(string topic, IReadOnlyList<SendAttempt> attempts, bool ranOutOfTime, TimeSpan after, Exception? inner = null)
    : RocketMQException(Describe(topic, attempts, ranOutOfTime, after), inner)
{
    public string Topic { get; } = topic;

    /// <summary>In the order in which they were made; none when time ran out before the first.</summary>
    public IReadOnlyList<SendAttempt> Attempts { get; } = attempts;

    /// <summary>The last answer's code; null when none came.</summary>
    public int? Code => Attempts.Count == 0 ? null : Attempts[^1].Code;

    /// <summary>Whether it ended because its deadline was there, not its attempts.</summary>
    public bool RanOutOfTime { get; } = ranOutOfTime;

    public override string? Advice => AdviceOf(Attempts);

    private static string Describe(string topic, IReadOnlyList<SendAttempt> attempts, bool ranOutOfTime, TimeSpan after)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"the message for {topic} was not stored ({(ranOutOfTime ? "out of time" : "given up")} after {after.TotalMilliseconds:0} ms, {attempts.Count} attempts)");
        var tried = attempts.Count == 0 ? "" : ": " + string.Join("; ", attempts);
        return AdviceOf(attempts) is { } advice ? $"{head}{tried}. Advice: {advice}" : head + tried;
    }

    private static string? AdviceOf(IReadOnlyList<SendAttempt> attempts) =>
        attempts.Count == 0 ? "raise SendTimeout, or send less at once" : RocketMQAdvice.For(attempts[^1].Code, attempts[^1].Reason);
}

/// <summary>No reply came in time.</summary>
public sealed class RocketMQRequestTimeoutException(string topic, string correlationId, TimeSpan timeout)
    : RocketMQException(string.Create(CultureInfo.InvariantCulture, $"the request {correlationId} to {topic} had no reply within {timeout.TotalMilliseconds:0} ms"))
{
    public string CorrelationId { get; } = correlationId;

    public override string Advice => "check that a consumer of the topic replies, and that its replies go to brokers of the same cluster";
}

/// <summary>What people can do about an answer.</summary>
internal static class RocketMQAdvice
{
    public static string? For(int? code, string? remark) => code switch
    {
        null => "check that the broker runs, that the address that it advertises (brokerIP1:listenPort) can be reached from here, and that both sides or none speak TLS",
        ResponseCode.SystemError when remark?.Contains("signature", StringComparison.OrdinalIgnoreCase) == true => "check the secret key",
        ResponseCode.SystemError when remark?.Contains("acl", StringComparison.OrdinalIgnoreCase) == true => "check access key, and what the account may do",
        ResponseCode.SystemBusy or ResponseCode.FlowControl => "the broker is overloaded: send less at once, or add brokers",
        ResponseCode.ServiceNotAvailable => "the broker takes no writes: it may be a slave, shutting down, or its disk full",
        ResponseCode.MessageIllegal => "the broker finds the message too large or wrong: compare MaxMessageBytes with its maxMessageSize",
        ResponseCode.NoPermission => "check the permissions (perm) of topic and broker",
        ResponseCode.TopicNotExist => "create the topic: the broker doesn't make it by itself",
        ResponseCode.SubscriptionGroupNotExist => "create the consumer group: the broker doesn't make it by itself",
        ResponseCode.SubscriptionParseFailed => "the filter is wrong, or the broker takes no SQL92 (enablePropertyFilter=true)",
        ResponseCode.SubscriptionNotExist or ResponseCode.SubscriptionNotLatest or ResponseCode.FilterDataNotExist or ResponseCode.FilterDataNotLatest =>
            "the broker doesn't know the subscription yet; all members of a group must subscribe to the same",
        _ => null,
    };
}

/// <summary>No broker that could do it is registered.</summary>
public sealed class RocketMQBrokerNotFoundException(string? brokerName)
    : RocketMQException(brokerName is null ? "no name server knows a broker with a master: check that brokers run and register" : $"no name server knows a master of {brokerName}: check that it runs and registers")
{
    /// <summary>Null when there is none at all.</summary>
    public string? BrokerName { get; } = brokerName;
}

/// <summary>A change that belongs on several nodes was made on some of them only; make it again when the others can be reached.</summary>
public sealed class RocketMQPartialChangeException(string change, IReadOnlyList<string> done, IReadOnlyList<(string Address, Exception Reason)> failed)
    : RocketMQException($"{change}: {string.Join("; ", failed.Select(static f => f.Reason.Message))}{(done.Count > 0 ? " (done at " + string.Join(", ", done) + ")" : "")}", failed[0].Reason)
{
    /// <summary>Where it was made, as <c>ip:port</c>.</summary>
    public IReadOnlyList<string> Done { get; } = done;

    public IReadOnlyList<(string Address, Exception Reason)> Failed { get; } = failed;
}
