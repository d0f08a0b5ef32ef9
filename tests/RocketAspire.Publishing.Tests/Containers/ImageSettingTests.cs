using RocketAspire.TestSupport;

namespace RocketAspire.Publishing.Tests.Containers;

/// <summary>Images and heaps of what is published are those that were asked for.</summary>
public sealed class ImageSettingTests
{
    [Theory]
    [InlineData("compose")]
    [InlineData("kubernetes")]
    public void Image_tag_registry_and_heap_are_written_where_nodes_run(string target)
    {
        using var folder = new TemporaryFolder();
        Published.To(folder["out"], ["--publish", target, "--image", "team/mq", "--image-tag", "7", "--image-registry", "registry.example", "--heap", "-Xms1g -Xmx2g"]);
        var text = string.Concat(Published.Files(folder["out"]).Select(static f => f.Text));
        Assert.Contains("image: registry.example/team/mq:7", text, StringComparison.Ordinal);
        Assert.Contains("image: registry.example/apacherocketmq/rocketmq-dashboard:", text, StringComparison.Ordinal);
        Assert.Contains("-Xms1g -Xmx2g", text, StringComparison.Ordinal);
        Assert.DoesNotContain("apache/rocketmq:", text, StringComparison.Ordinal);
        Assert.DoesNotContain("-Xmx512m", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compose")]
    [InlineData("kubernetes")]
    public void Without_settings_it_is_the_pinned_release_of_Apaches(string target)
    {
        using var folder = new TemporaryFolder();
        Published.To(folder["out"], ["--publish", target]);
        Assert.Contains(Published.Files(folder["out"]), static f => f.Text.Contains("image: apache/rocketmq:5.3.3", StringComparison.Ordinal));
    }
}
