using RocketAspire.Remoting;

namespace RocketAspire.Client;

/// <summary>What kinds of failure there are.</summary>
internal static class Failures
{
    /// <summary>A node couldn't be asked, or didn't answer.</summary>
    public static bool IsTransport(Exception e) => e is RemotingConnectException or RemotingTimeoutException or RemotingSendException;

    /// <summary>The cluster said no or couldn't be asked: what a loop logs before it tries again.</summary>
    public static bool IsCluster(Exception e) => IsTransport(e) || e is RocketMQException;
}
