using RocketAspire.Hosting.Publishing.Compose;
using RocketAspire.Hosting.Publishing.Hosts;
using RocketAspire.Hosting.Publishing.Kubernetes;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Publishing;

/// <summary>A cluster written down, before it is on a disk.</summary>
/// <param name="Files">Every file, in a fixed order: the same cluster gives the same bytes.</param>
/// <param name="Summary">What was written, a few lines.</param>
/// <param name="NextStep">What to do with it; <c>{folder}</c> stands for where it is.</param>
internal sealed record PublishedCluster(IReadOnlyList<PublishedFile> Files, IReadOnlyList<string> Summary, string NextStep)
{
    /// <exception cref="RocketMQSettingException">The plan could not work, or not there.</exception>
    public static PublishedCluster Make(PublishRequest request, ClusterPlan plan) => request.Target switch
    {
        PublishTarget.Hosts => HostsPublisher.Make(Place(plan, new HostsPlacement(request.Hosts, plan.Groups, request.PortOffset), HostsPlacement.Problem(request.Hosts, plan))),
        PublishTarget.Compose => ComposePublisher.Make(Place(Advertising(plan, request.AdvertisedHost), new ComposePlacement(request.PortOffset), null), request),
        _ => KubernetesPublisher.Make(Place(plan, new KubernetesPlacement(), KubernetesPlacement.Problem(plan)), request),
    };

    /// <summary>What the AppHost sets itself comes later and wins.</summary>
    private static ClusterPlan Advertising(ClusterPlan plan, string? host) =>
        host is null ? plan : plan with { Settings = plan.Settings.Insert(0, new BrokerSetting(null, "brokerIP1", host)) };

    private static ClusterTopology Place(ClusterPlan plan, Placement placement, string? problem)
    {
        // What is wrong with the plan itself comes before what is wrong with its place.
        if (problem is not null && !plan.Problems().Any()) throw new RocketMQSettingException(problem);
        return TopologyPlanner.Place(plan, placement, out var problems)
            ?? throw new RocketMQSettingException(problems[0] + (problems.Count > 1 ? $" (and {problems.Count - 1} more)" : ""));
    }
}
