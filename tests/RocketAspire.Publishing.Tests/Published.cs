using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using RocketAspire.Hosting;
using RocketAspire.Hosting.Publishing;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Publishing.Tests;

/// <summary>An AppHost's cluster, published into a folder as its user would do it.</summary>
internal static class Published
{
    /// <returns>What was said.</returns>
    public static string To(string folder, string[] args, Action<IResourceBuilder<RocketMQClusterResource>>? shape = null)
    {
        var builder = DistributedApplicationTestingBuilder.Create([.. args, "--output-path", folder]);
        var cluster = builder.AddRocketMQ("rocketmq");
        shape?.Invoke(cluster);
        Assert.Equal("", cluster.Resource.DataPath);
        var said = new StringWriter();
        Assert.True(PublishCommand.Run(builder, path => path, said));
        return said.ToString();
    }

    /// <returns>The one line that is told instead.</returns>
    public static string Refusal(params string[] args)
    {
        var error = Assert.Throws<RocketMQSettingException>(() =>
        {
            var builder = DistributedApplicationTestingBuilder.Create(args);
            builder.AddRocketMQ("rocketmq");
            PublishCommand.Run(builder, path => path, new StringWriter());
        });
        Assert.Equal(2, error.ExitCode);
        Assert.DoesNotContain('\n', error.Message);
        return error.Message;
    }

    public static PropertiesFile Conf(string path) => PropertiesFile.Parse(File.ReadAllBytes(path));

    /// <summary>Each file below a folder with its content, in order.</summary>
    public static IReadOnlyList<(string Path, string Text)> Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => (Path.GetRelativePath(folder, f), File.ReadAllText(f)))];
}
