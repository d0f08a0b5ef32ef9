using RocketAspire.Hosting.Settings;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Publishing.Kubernetes;

/// <summary>What the people do who bring the cluster up.</summary>
internal static class KubernetesReadme
{
    public static string Write(ClusterTopology topology, IEnumerable<IGrouping<string, NodeFile>> groups, ContainerSettings containers) => $"""
        # {topology.ClusterName} on Kubernetes

        RocketMQ (`{containers.PublishedImage}`) in a namespace of its own: the parts find each other by names within it.

        | set | pods |
        |---|---|
        | {KubernetesPlacement.NameServers} | {string.Join(", ", topology.NameServers.Select(n => n.Host[..n.Host.IndexOf('.', StringComparison.Ordinal)]))} |
        {string.Join("\n", groups.Select(g => $"| {g.Key} | {string.Join(", ", g.Select(n => $"{KubernetesPublisher.PodOf(n)} ({n.Role})"))} |"))}

        ## First start
        ```
        kubectl create namespace rocketmq
        kubectl apply -n rocketmq -k .
        kubectl wait -n rocketmq --for=condition=Ready pod --all --timeout=10m
        kubectl exec -n rocketmq {KubernetesPlacement.NameServers}-0 -- sh mqadmin clusterList -n '{topology.NameServerList}'
        ```
        - Two pods of one group never share a machine, so there must be as many machines as a group has pods.
        - Volumes are of the default storage class: 20 GiB a broker, 1 GiB a name server. Heaps are `{containers.Heap}` with 1 GiB of memory a pod. Another size is a patch in a kustomization of yours that has this folder as its base.

        ## Clients
        - In the same namespace: `{topology.NameServerList}`; from another one each name gets `.rocketmq` behind it (`{topology.NameServers[0].Host}.rocketmq:{topology.NameServers[0].Port}`).
        - Brokers tell their pods' addresses, which are reached from within Kubernetes only. From outside use gRPC clients and the service `{KubernetesPublisher.Proxy}` (8081) behind a load balancer.
        - Dashboard: `kubectl port-forward -n rocketmq service/{KubernetesPublisher.Dashboard} 8082`.

        ## Changing it
        Publish again and apply. A changed ConfigMap restarts nothing by itself: `kubectl rollout restart -n rocketmq statefulset/NAME`, one set at a time. A set's pods restart one by one, the highest number first, so slaves before their master; each must be ready for half a minute before the next one. Disruption budgets keep the draining of machines to one pod a set.

        """.ReplaceLineEndings("\n");
}
