using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Remoting;

namespace RocketAspire.Proxy;

internal static class Failures
{
    /// <summary>A node couldn't be asked, or its answer is none: nothing that this proxy did wrong.</summary>
    public static bool IsOfCluster(Exception e) =>
        e is RocketMQException or RemotingConnectException or RemotingSendException or RemotingTimeoutException or FastJsonException or TimeoutException;
}
