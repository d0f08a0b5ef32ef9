using System.Globalization;

namespace RocketAspire.Client;

/// <summary>Something the cluster said no to, or could not be asked.</summary>
public abstract class RocketMQException(string message, Exception? inner = null) : Exception(message, inner);

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
}

/// <summary>No name server could be asked; the message says of each why.</summary>
public sealed class RocketMQNameServersUnavailableException(IReadOnlyList<(string Address, Exception Reason)> attempts)
    : RocketMQException("no name server answers: " + string.Join("; ", attempts.Select(static attempt => attempt.Reason.Message)), attempts[^1].Reason)
{
    public IReadOnlyList<(string Address, Exception Reason)> Attempts { get; } = attempts;
}

/// <summary>The topic has no route: no broker holds it, or its brokers have no node that could serve.</summary>
public sealed class RocketMQTopicNotFoundException(string topic)
    : RocketMQException($"no name server knows a route for topic {topic}: create it, or check its brokers")
{
    public string Topic { get; } = topic;
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
