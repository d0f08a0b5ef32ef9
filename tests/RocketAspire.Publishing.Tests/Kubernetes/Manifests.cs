using k8s;
using k8s.Models;
using RocketAspire.TestSupport;

namespace RocketAspire.Publishing.Tests.Kubernetes;

/// <summary>A published cluster, each document read as its kind; a key that the kind hasn't got fails.</summary>
internal sealed class Manifests
{
    public Manifests(TemporaryFolder folder, params string[] args)
    {
        Folder = folder["out"];
        Published.To(Folder, ["--publish", "kubernetes", .. args]);
        foreach (var file in Directory.EnumerateFiles(Folder, "*.yaml").Where(f => Path.GetFileName(f) != "kustomization.yaml").Order(StringComparer.Ordinal))
            All.AddRange(KubernetesYaml.LoadAllFromString(File.ReadAllText(file), strict: true).Cast<IKubernetesObject<V1ObjectMeta>>());
    }

    public string Folder { get; }

    public List<IKubernetesObject<V1ObjectMeta>> All { get; } = [];

    /// <summary>Each set of pods with what makes them.</summary>
    public IEnumerable<(string Name, V1LabelSelector Selector, V1PodTemplateSpec Template, V1StatefulSet? Set)> Pods =>
        Of<V1StatefulSet>().Select(s => (s.Name(), s.Spec.Selector, s.Spec.Template, (V1StatefulSet?)s))
            .Concat(Of<V1Deployment>().Select(d => (d.Name(), d.Spec.Selector, d.Spec.Template, (V1StatefulSet?)null)));

    public IEnumerable<T> Of<T>() => All.OfType<T>();

    public T Named<T>(string name) where T : IKubernetesObject<V1ObjectMeta> => Of<T>().Single(o => o.Name() == name);
}
