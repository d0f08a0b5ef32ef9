namespace RocketAspire.Hosting.Topology;

/// <summary>As <see cref="LocalPlacement"/>, with a proxy beside the nodes.</summary>
internal sealed class EmbeddedPlacement(string host, int portOffset, string dataPath) : LocalPlacement(host, portOffset, dataPath)
{
    private const int ProxyPort = 8081;

    public override ProxyPlace? Proxy { get; } = new(host, ProxyPort + portOffset);
}
