using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Publishing.Containers;

/// <summary>Each node in a container of its own. Sizes and times stay Apache's defaults.</summary>
internal abstract class PublishedPlacement : Placement
{
    /// <summary>The home of the images' user.</summary>
    public const string Home = "/home/rocketmq";

    /// <summary>For a DLedger group's nodes; each container has its own.</summary>
    protected const int PeerPort = 40911;

    /// <summary>What a container's address is shows when it runs.</summary>
    public override bool WritesAddress => false;

    public override IReadOnlyList<KeyValuePair<string, string>> Defaults { get; } =
    [
        new("defaultTopicQueueNums", "4"),
        new("autoCreateTopicEnable", "true"),
        new("autoCreateSubscriptionGroup", "true"),
    ];
}
