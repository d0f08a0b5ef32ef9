using RocketAspire.Hosting.Engines;
using RocketAspire.Hosting.Publishing.Containers;
using static RocketAspire.Hosting.Publishing.Containers.Yaml;

namespace RocketAspire.Hosting.Publishing.Kubernetes;

/// <summary>The parts that pods have in common.</summary>
internal static class PodParts
{
    public const string Volume = "config";
    public const string Data = "data";

    public static (string, object?) JavaOptions(string heap) => ("JAVA_OPT_EXT", $"{heap} {ContainerFiles.Young} {ContainerFiles.DirectMemory}");

    public static Dictionary<string, object> Metadata(string cluster, string component, string? name = null) =>
        Map(("name", name ?? component), ("labels", Labels(cluster, component)));

    public static Dictionary<string, object> Labels(string cluster, string component) => Map(
        ("app.kubernetes.io/name", "rocketmq"),
        ("app.kubernetes.io/instance", cluster),
        ("app.kubernetes.io/component", component));

    /// <summary>A pod as its set makes it: without privileges, as the images' user.</summary>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="component">What runs in it.</param>
    /// <param name="container">Its one container.</param>
    /// <param name="graceSeconds">How long it may take to end.</param>
    /// <param name="configMaps">What is mounted together at <see cref="ContainerFiles.ConfigFolder"/>.</param>
    /// <param name="mustSpread">Whether two of its kind may not share a machine; they try not to anyway.</param>
    public static Dictionary<string, object> Template(string cluster, string component, Dictionary<string, object> container, int graceSeconds, string[] configMaps, bool mustSpread) => Map(
        ("metadata", Map(("labels", Labels(cluster, component)))),
        ("spec", Map(
            ("automountServiceAccountToken", false),
            // Else each service's address becomes variables, named as RocketMQ's own settings are.
            ("enableServiceLinks", false),
            ("securityContext", Map(
                ("runAsNonRoot", true),
                ("runAsUser", RocketMQImages.UserId),
                ("runAsGroup", RocketMQImages.UserId),
                ("fsGroup", RocketMQImages.UserId),
                ("fsGroupChangePolicy", "OnRootMismatch"),
                ("seccompProfile", Map(("type", "RuntimeDefault"))))),
            ("affinity", Map(("podAntiAffinity", Spread(cluster, component, mustSpread)))),
            ("terminationGracePeriodSeconds", graceSeconds),
            ("containers", new[] { container }),
            ("volumes", configMaps.Length == 0 ? null : new[] { Map(("name", Volume), ("projected", Map(("sources", configMaps.Select(m => Map(("configMap", Map(("name", m))))).ToArray())))) }))));

    public static Dictionary<string, object> Container(string name, string image, string[]? args, (string, object?)[] environment, (string Name, int Port)[] ports, object startup, object probe, string memory, string cpu, params (string Name, string Path)[] mounts) => Map(
        ("name", name),
        ("image", image),
        ("command", args is null ? null : new[] { "sh", $"{ContainerFiles.ConfigFolder}/{ContainerFiles.RunScript}" }),
        ("args", args),
        ("env", environment.Select(e => e.Item2 is string value ? Map(("name", e.Item1), ("value", value)) : Map(("name", e.Item1), ("valueFrom", e.Item2))).ToArray()),
        ("ports", ports.Select(p => Map(("name", p.Name), ("containerPort", p.Port))).ToArray()),
        ("startupProbe", startup),
        ("readinessProbe", probe),
        ("livenessProbe", probe),
        ("resources", Map(
            ("requests", Map(("cpu", "250m"), ("memory", memory))),
            ("limits", Map(("cpu", cpu), ("memory", memory))))),
        ("securityContext", Map(
            ("allowPrivilegeEscalation", false),
            ("capabilities", Map(("drop", new[] { "ALL" }))))),
        ("volumeMounts", mounts.Length == 0 ? null : mounts.Select(m => m.Name == Volume ? Map(("name", m.Name), ("mountPath", m.Path), ("readOnly", true)) : Map(("name", m.Name), ("mountPath", m.Path))).ToArray()));

    /// <summary>Until it has answered once: a broker with a large store reads its log's end first.</summary>
    public static Dictionary<string, object> Startup(params (string, object?)[] check) => Map([.. check, ("periodSeconds", 5), ("timeoutSeconds", 5), ("failureThreshold", 120)]);

    public static Dictionary<string, object> Probe(params (string, object?)[] check) => Map([.. check, ("periodSeconds", 10), ("timeoutSeconds", 5), ("failureThreshold", 6)]);

    public static (string, object?) Exec(string[] command) => ("exec", Map(("command", command)));

    public static Dictionary<string, object> Disruption(string cluster, string component) => Map(
        ("apiVersion", "policy/v1"),
        ("kind", "PodDisruptionBudget"),
        ("metadata", Metadata(cluster, component)),
        ("spec", Map(("maxUnavailable", 1), ("selector", Selector(cluster, component)))));

    public static Dictionary<string, object> Selector(string cluster, string component) => Map(("matchLabels", Labels(cluster, component)));

    public static Dictionary<string, object> ConfigMap(string cluster, string component, IEnumerable<(string Name, string Text)> files) => Map(
        ("apiVersion", "v1"),
        ("kind", "ConfigMap"),
        ("metadata", Metadata(cluster, component)),
        ("data", files.ToDictionary(f => f.Name, f => (object)f.Text, StringComparer.Ordinal)));

    /// <param name="cluster">The cluster's name.</param>
    /// <param name="component">Whose service it is.</param>
    /// <param name="isHeadless">Whether each pod has a name of its own, also before it is ready, instead of one address for all.</param>
    /// <param name="ports">Its ports, the same as the pods'.</param>
    public static Dictionary<string, object> Service(string cluster, string component, bool isHeadless, params (string Name, int Port)[] ports) => Map(
        ("apiVersion", "v1"),
        ("kind", "Service"),
        ("metadata", Metadata(cluster, component)),
        ("spec", Map(
            ("clusterIP", isHeadless ? "None" : null),
            ("publishNotReadyAddresses", isHeadless ? true : null),
            ("selector", Labels(cluster, component)),
            ("ports", ports.Select(p => Map(("name", p.Name), ("port", p.Port), ("targetPort", p.Name))).ToArray()))));

    private static Dictionary<string, object> Spread(string cluster, string component, bool must)
    {
        var term = Map(("labelSelector", Selector(cluster, component)), ("topologyKey", "kubernetes.io/hostname"));
        return must
            ? Map(("requiredDuringSchedulingIgnoredDuringExecution", new[] { term }))
            : Map(("preferredDuringSchedulingIgnoredDuringExecution", new[] { Map(("weight", 100), ("podAffinityTerm", term)) }));
    }
}
