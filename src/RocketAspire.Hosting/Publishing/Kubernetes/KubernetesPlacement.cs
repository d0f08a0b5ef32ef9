using System.Globalization;
using RocketAspire.Hosting.Publishing.Containers;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Publishing.Kubernetes;

/// <summary>A StatefulSet for the name servers and one a group: each pod has a name that stays, and all have the same ports.</summary>
internal sealed class KubernetesPlacement : PublishedPlacement
{
    public const string NameServers = "namesrv";

    public override NodePlace NameServer(int index, string name) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{NameServers}-{index}.{NameServers}"), LocalPlacement.FirstNameServerPort, ContainerFiles.NameServerFolder, 0);

    public override NodePlace Broker(int group, int member, int ordinal, string name, string brokerName) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{brokerName}-{member}.{brokerName}"), LocalPlacement.FirstBrokerPort, Home, PeerPort);

    /// <summary>Why these groups can't be named there, in one line; null when they can.</summary>
    public static string? Problem(ClusterPlan plan) =>
        plan.Groups.FirstOrDefault(g => !IsLabel(g.Name) || g.Name is NameServers or KubernetesPublisher.Proxy or KubernetesPublisher.Dashboard or KubernetesPublisher.Scripts) is { } group
            ? $"brokerName {group.Name}: Kubernetes takes up to 52 lower-case letters, digits and hyphens, and other parts are called {NameServers}, {KubernetesPublisher.Proxy}, {KubernetesPublisher.Dashboard} and {KubernetesPublisher.Scripts}"
            : null;

    // 63 characters are allowed, and the pods' numbers and revisions come behind.
    private static bool IsLabel(string name) =>
        name.Length is > 0 and <= 52 && name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-') && char.IsLetter(name[0]) && name[^1] != '-';
}
