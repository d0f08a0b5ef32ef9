using RocketAspire.Hosting.Engines;

namespace RocketAspire.Hosting.Settings;

/// <summary>What the user chose for the engine <c>container</c>.</summary>
public sealed record ContainerSettings
{
    /// <summary><c>docker</c> or <c>podman</c>; null means the first that answers.</summary>
    public string? Program { get; init; }

    /// <summary>Null means Apache's.</summary>
    public string? Image { get; init; }

    /// <summary>Null means the one that is pinned for Apache's image, and <c>latest</c> for another.</summary>
    public string? ImageTag { get; init; }

    /// <summary>A registry that holds the images under the same names; null leaves it to the engine.</summary>
    public string? Registry { get; init; }

    /// <summary>Options of the JVM that say how much memory a node may take.</summary>
    public string Heap { get; init; } = RocketMQImages.DefaultHeap;

    /// <summary>Nodes share the host's network instead of having one of their own.</summary>
    public bool OnHostNetwork { get; init; }

    /// <summary>Whether temporary stores are volumes of the engine instead of folders; null means unless root runs the AppHost, who alone can remove such folders.</summary>
    public bool? Volumes { get; init; }

    /// <summary>Whether Apache's dashboard runs beside the cluster; null means where its image is on this machine.</summary>
    public bool? Dashboard { get; init; }

    /// <summary>Whether RocketMQ's proxy for gRPC clients runs beside the cluster.</summary>
    public bool Proxy { get; init; }

    /// <summary>Where Apache's images are. Docker takes it for granted, Podman asks which registry is meant.</summary>
    private const string DefaultRegistry = "docker.io";

    /// <summary>The image of name servers and brokers in full; a name that the user gave may be one of this machine's own.</summary>
    public string FullImage => Image is { } own ? WithRegistry(Registry, WithTag(own, ImageTag))
        : WithRegistry(Registry ?? DefaultRegistry, WithTag(RocketMQImages.Image, ImageTag ?? RocketMQImages.ImageTag));

    public string FullDashboardImage => WithRegistry(Registry ?? DefaultRegistry, WithTag(RocketMQImages.DashboardImage, RocketMQImages.DashboardTag));

    /// <summary>The image of name servers and brokers as published files name it: whose machine pulls it knows where Apache's are.</summary>
    public string PublishedImage => WithRegistry(Registry, Image is { } own ? WithTag(own, ImageTag) : WithTag(RocketMQImages.Image, ImageTag ?? RocketMQImages.ImageTag));

    public string PublishedDashboardImage => WithRegistry(Registry, WithTag(RocketMQImages.DashboardImage, RocketMQImages.DashboardTag));

    private static string WithTag(string image, string? tag)
    {
        var hasTag = image.Contains('@', StringComparison.Ordinal) || image.LastIndexOf(':') > image.LastIndexOf('/');
        return hasTag ? image : $"{image}:{tag ?? "latest"}";
    }

    private static string WithRegistry(string? registry, string image) => registry is null ? image : $"{registry.TrimEnd('/')}/{image}";
}
