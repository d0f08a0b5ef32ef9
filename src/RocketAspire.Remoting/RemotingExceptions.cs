using System.Net;

namespace RocketAspire.Remoting;

/// <summary>No connection to the address could be made.</summary>
public sealed class RemotingConnectException(string address, string reason, Exception? inner = null)
    : Exception($"can't connect to {address}: {reason}", inner)
{
    public string Address { get; } = address;
}

/// <summary>The request went out (or waited to go out) and no answer came in time: it may or may not have been done.</summary>
public sealed class RemotingTimeoutException(string address, int code, TimeSpan timeout)
    : Exception($"{address} did not answer request {code} within {timeout.TotalMilliseconds:0} ms")
{
    public string Address { get; } = address;
}

/// <summary>The connection was lost, or closed, before the answer came: the request may or may not have been done.</summary>
public sealed class RemotingSendException(string address, string reason)
    : Exception($"the connection to {address} is gone: {reason}")
{
    public string Address { get; } = address;
}

/// <summary>A port that the server was told to listen on can't be had.</summary>
public sealed class RemotingBindException(IPEndPoint endpoint, string reason, Exception? inner = null)
    : Exception($"can't listen on {endpoint}: {reason}", inner)
{
    public IPEndPoint Endpoint { get; } = endpoint;

    public string Reason { get; } = reason;
}
