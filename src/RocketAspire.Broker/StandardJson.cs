using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Broker;

/// <summary>Which form of JSON a client reads in answers whose maps have objects as keys.</summary>
internal static class StandardJson
{
    /// <summary>
    /// True only for a client that says so: Java's admin tools of every version read these maps with fastjson, which takes an object
    /// as a key and fails on one wrapped into a string.
    /// </summary>
    public static bool IsWanted(RemotingCommand request) => request.ExtFields.GetBoolean("acceptStandardJsonOnly", false);
}
