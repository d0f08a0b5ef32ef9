namespace RocketAspire.Hosting.Topology;

/// <summary>As <see cref="LocalPlacement"/>, with a proxy beside the nodes when it is wanted.</summary>
internal sealed class EmbeddedPlacement(string host, int portOffset, string dataPath, bool hasProxy = true) : LocalPlacement(host, portOffset, dataPath)
{
    private const int ProxyPort = 8081;

    public override ProxyPlace? Proxy { get; } = hasProxy ? new(host, ProxyPort + portOffset) : null;
}
