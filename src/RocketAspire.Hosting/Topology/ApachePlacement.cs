using RocketAspire.Hosting.Engines.Distribution;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Topology;

/// <summary>As <see cref="LocalPlacement"/>, for nodes that are Apache's: what their release doesn't read isn't written, and a DLedger group has no address of its own.</summary>
internal sealed class ApachePlacement(ApacheRelease release, string host, int portOffset, string dataPath) : LocalPlacement(host, portOffset, dataPath)
{
    /// <summary>Before 5 a node listens on every address.</summary>
    public override string? BindAddress => Reads(BrokerConf.BindAddress) ? base.BindAddress : null;

    public override int? LeaderPort(int ordinal) => null;

    public override bool Reads(BrokerConfKey key) => release.Reads(key);
}
