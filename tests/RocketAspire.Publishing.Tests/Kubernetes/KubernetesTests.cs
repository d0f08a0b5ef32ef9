using k8s;
using k8s.Models;
using RocketAspire.Hosting;
using RocketAspire.Protocol.Config;
using RocketAspire.TestSupport;

namespace RocketAspire.Publishing.Tests.Kubernetes;

public sealed class KubernetesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("2m-2s-sync", "broker-a 2, broker-b 2, namesrv 2")]
    [InlineData("dledger", "broker-a 3, namesrv 3")]
    [InlineData("2m-noslave", "broker-a 1, broker-b 1, namesrv 2")]
    [InlineData("single", "broker-a 1, namesrv 1")]
    public void Each_group_is_a_set_with_a_pod_a_node(string topology, string sets)
    {
        var cluster = new Manifests(_folder, "--topology", topology);
        Assert.Equal(sets, string.Join(", ", cluster.Of<V1StatefulSet>().Select(s => $"{s.Name()} {s.Spec.Replicas}")));
        Assert.Equal(["dashboard", "proxy"], cluster.Of<V1Deployment>().Select(d => d.Name()));
        Assert.Equal(cluster.All.Count, cluster.All.Select(o => (o.Kind, o.Name())).Distinct().Count());
        foreach (var (name, selector, template, set) in cluster.Pods)
        {
            Assert.Equal(selector.MatchLabels, template.Metadata.Labels);
            Assert.Equal(name, cluster.Named<V1Service>(set?.Spec.ServiceName ?? name).Name());
            Assert.Equal(template.Metadata.Labels, cluster.Named<V1Service>(name).Spec.Selector);
            if (name != "dashboard") Assert.Equal(selector.MatchLabels, cluster.Named<V1PodDisruptionBudget>(name).Spec.Selector.MatchLabels);
        }
        // No two sets have each other's pods.
        Assert.Equal(cluster.Pods.Count(), cluster.Pods.Select(p => string.Join(' ', p.Selector.MatchLabels)).Distinct().Count());
    }

    [Fact]
    public void Ports_mounts_and_probes_fit_together()
    {
        var cluster = new Manifests(_folder);
        foreach (var (name, _, template, set) in cluster.Pods)
        {
            var pod = template.Spec;
            var container = Assert.Single(pod.Containers);
            var service = cluster.Named<V1Service>(name).Spec;
            Assert.Equal(container.Ports.Select(p => (p.Name, p.ContainerPort)), service.Ports.Select(p => (p.TargetPort.Value, p.Port)));
            Assert.Equal(set is null ? null : "None", service.ClusterIP);
            var volumes = (pod.Volumes ?? []).Select(v => v.Name).Concat(set?.Spec.VolumeClaimTemplates.Select(c => c.Name()) ?? []).Order(StringComparer.Ordinal);
            Assert.Equal(volumes, (container.VolumeMounts ?? []).Select(m => m.Name).Order(StringComparer.Ordinal));
            foreach (var map in (pod.Volumes ?? []).SelectMany(v => v.Projected.Sources)) Assert.NotEmpty(cluster.Named<V1ConfigMap>(map.ConfigMap.Name).Data);
            foreach (var probe in new[] { container.StartupProbe, container.ReadinessProbe, container.LivenessProbe }) AssertProbe(probe, container);
            Assert.Equal(3000, pod.SecurityContext.FsGroup);
            Assert.Equal(3000, pod.SecurityContext.RunAsUser);
            Assert.True(pod.SecurityContext.RunAsNonRoot);
            Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
            Assert.Equal(container.Resources.Requests["memory"].ToString(), container.Resources.Limits["memory"].ToString());
            Assert.Contains(container.Env, e => e.Value?.Contains("-Xms256m -Xmx512m", StringComparison.Ordinal) == true);
        }
    }

    [Fact]
    public void Each_pod_finds_its_own_settings_and_name_servers()
    {
        var cluster = new Manifests(_folder);
        foreach (var set in cluster.Of<V1StatefulSet>().Where(s => s.Name() != "namesrv"))
        {
            var data = cluster.Named<V1ConfigMap>(set.Name()).Data;
            Assert.Equal(Enumerable.Range(0, set.Spec.Replicas!.Value).Select(i => $"{set.Name()}-{i}.properties"), data.Keys);
            Assert.Equal(["0", "1"], data.Values.Select(text => PropertiesFile.Parse(text).Get("brokerId")));
            foreach (var text in data.Values)
            {
                var conf = PropertiesFile.Parse(text);
                Assert.Equal(set.Spec.Template.Spec.Containers[0].Ports[0].ContainerPort.ToString(System.Globalization.CultureInfo.InvariantCulture), conf.Get("listenPort"));
                Assert.Equal("namesrv-0.namesrv:9876;namesrv-1.namesrv:9876", conf.Get("namesrvAddr"));
                Assert.StartsWith(set.Spec.Template.Spec.Containers[0].VolumeMounts.Single(m => m.Name == "data").MountPath, conf.Get("storePathRootDir"), StringComparison.Ordinal);
            }
            Assert.Equal(["mqbroker", "-c", "/etc/rocketmq/$(POD_NAME).properties"], set.Spec.Template.Spec.Containers[0].Args);
            var spread = Assert.Single(set.Spec.Template.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution);
            Assert.Equal(set.Spec.Selector.MatchLabels, spread.LabelSelector.MatchLabels);
        }
        Assert.Equal("9876", PropertiesFile.Parse(cluster.Named<V1ConfigMap>("namesrv").Data["namesrv.conf"]).Get("listenPort"));
        Assert.Equal(["health.sh", "run-node.sh"], cluster.Named<V1ConfigMap>("rocketmq-scripts").Data.Keys);
    }

    [Fact]
    public void A_DLedger_groups_pods_name_each_other()
    {
        var cluster = new Manifests(_folder, "--topology", "dledger");
        var data = cluster.Named<V1ConfigMap>("broker-a").Data;
        for (var i = 0; i < 3; i++)
        {
            var conf = PropertiesFile.Parse(data[$"broker-a-{i}.properties"]);
            Assert.Equal($"n{i}", conf.Get("dLegerSelfId"));
            Assert.Equal("n0-broker-a-0.broker-a:40911;n1-broker-a-1.broker-a:40911;n2-broker-a-2.broker-a:40911", conf.Get("dLegerPeers"));
        }
        Assert.True(cluster.Named<V1Service>("broker-a").Spec.PublishNotReadyAddresses);
        Assert.Equal("Parallel", cluster.Named<V1StatefulSet>("broker-a").Spec.PodManagementPolicy);
    }

    [Fact]
    public void The_kustomization_names_each_file()
    {
        var cluster = new Manifests(_folder);
        var lines = File.ReadAllLines(Path.Combine(cluster.Folder, "kustomization.yaml"));
        Assert.Equal(
            Directory.EnumerateFiles(cluster.Folder, "*.yaml").Select(f => Path.GetFileName(f)!).Where(f => f != "kustomization.yaml").Order(StringComparer.Ordinal),
            lines.SkipWhile(l => l != "resources:").Skip(1).Select(l => l[4..]).Order(StringComparer.Ordinal));
        Published.To(_folder["again"], ["--publish", "kubernetes"]);
        Assert.Equal(Published.Files(cluster.Folder), Published.Files(_folder["again"]));
    }

    [Fact]
    public void What_Kubernetes_has_no_place_for_is_told()
    {
        Assert.Equal("--port-offset: has no meaning with --publish kubernetes: each pod has all ports", Published.Refusal("--publish", "kubernetes", "--output-path", _folder["out"], "--port-offset", "1"));
        Assert.Equal(
            "brokerName Broker_X: Kubernetes takes up to 52 lower-case letters, digits and hyphens, and other parts are called namesrv, proxy, dashboard and rocketmq-scripts",
            Refused(cluster => cluster.WithDLedger("Broker_X", 3)));
        Assert.Equal("listenPort of broker-a-s: the pods of broker-a are of one set and need the ports of broker-a", Refused(cluster => cluster.WithHostPort("broker-a-s", 12000)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_key_that_a_kind_has_not_got_would_be_seen() =>
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString("apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  selektor: {}\n", strict: true));

    private string Refused(Action<Aspire.Hosting.ApplicationModel.IResourceBuilder<RocketMQClusterResource>> shape) =>
        Assert.Throws<RocketMQSettingException>(() => Published.To(_folder["out"], ["--publish", "kubernetes"], shape)).Message;

    private static void AssertProbe(V1Probe probe, V1Container container)
    {
        if (probe.HttpGet is { } http)
        {
            Assert.Contains(container.Ports, p => p.Name == http.Port.Value);
            return;
        }
        var command = probe.Exec.Command;
        Assert.Equal(["bash", "/etc/rocketmq/health.sh"], command.Take(2));
        Assert.Equal(container.Ports[0].ContainerPort.ToString(System.Globalization.CultureInfo.InvariantCulture), command[3]);
    }
}
