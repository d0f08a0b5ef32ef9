using Aspire.Hosting;

namespace RocketAspire.Hosting.Publishing;

/// <summary>What <c>--publish</c> does instead of a run.</summary>
internal static class PublishCommand
{
    /// <param name="builder">The AppHost with its clusters.</param>
    /// <param name="resolve">Makes the user's path a full one.</param>
    /// <param name="output">Told what was written and what comes next.</param>
    /// <returns>False when nobody asked for it.</returns>
    /// <exception cref="RocketMQSettingException">It can't be done; nothing was written.</exception>
    public static bool Run(IDistributedApplicationBuilder builder, Func<string, string> resolve, TextWriter output)
    {
        var wishes = builder.Resources.OfType<RocketMQClusterResource>()
            .Select(c => (Cluster: c.Name, Wish: c.Annotations.OfType<ClusterBuilder>().Single().ToPublish()))
            .Where(w => w.Wish is not null).Select(w => (w.Cluster, w.Wish!.Value.Request, w.Wish.Value.Content)).ToList();
        if (wishes.Count == 0) return false;
        var request = wishes[0].Request;
        var folder = resolve(request.OutputPath);
        // One cluster has the folder for itself; several have one each in it.
        var isOne = wishes.Count == 1;
        OutputFolder.Write(request.OutputPath, folder, [.. wishes.SelectMany(w => isOne ? w.Content.Files : w.Content.Files.Select(f => f with { Path = $"{w.Cluster}/{f.Path}" }))]);
        foreach (var (cluster, _, content) in wishes)
        {
            var root = isOne ? folder : Path.Combine(folder, cluster);
            output.WriteLine($"{cluster} is written to {root}:");
            foreach (var line in content.Summary) output.WriteLine("  " + line);
            output.WriteLine("next: " + content.NextStep.Replace("{folder}", root, StringComparison.Ordinal));
        }
        return true;
    }
}
