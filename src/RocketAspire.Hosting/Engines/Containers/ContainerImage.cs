using RocketAspire.Hosting.Settings;

namespace RocketAspire.Hosting.Engines.Containers;

/// <summary>An image, and what of it was found on this machine.</summary>
/// <param name="Name">In full.</param>
/// <param name="IsHere">Whether it needs no pull.</param>
/// <param name="IsOurs">Whether it holds our own engine: then it takes arguments that only that knows.</param>
internal sealed record ContainerImage(string Name, bool IsHere, bool IsOurs)
{
    /// <summary>Written by docker/Containerfile.</summary>
    private const string Label = "rocketaspire.engine";

    private static readonly TimeSpan PullLimit = TimeSpan.FromMinutes(20);

    public static ContainerImage Look(ContainerProgram program, string name)
    {
        var answer = program.Run("image", "inspect", "--format", $"{{{{index .Config.Labels \"{Label}\"}}}}", name);
        return new(name, answer.IsGood, answer.IsGood && answer.Output.Trim() is { Length: > 0 } version && version != "<no value>");
    }

    /// <param name="program">Docker or Podman.</param>
    /// <param name="setting">What to change when it can't be had.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RocketMQSettingException">It is neither here nor to be had.</exception>
    public async Task PullIfMissingAsync(ContainerProgram program, string setting, CancellationToken cancellationToken)
    {
        if (IsHere) return;
        var isLocalName = Name.StartsWith("localhost/", StringComparison.Ordinal);
        if (isLocalName)
            throw new RocketMQSettingException($"{setting}: there is no image {Name} on this machine; build it (docker/build.sh for our own), or name another one");
        await Console.Out.WriteLineAsync($"{program.Name} pulls {Name}; the first time this takes a while.").ConfigureAwait(false);
        var answer = await program.RunAsync(["pull", "--quiet", Name], PullLimit, cancellationToken).ConfigureAwait(false);
        if (!answer.IsGood)
            throw new RocketMQSettingException($"{setting}: the image {Name} is not on this machine and can't be pulled: {answer.Reason}; name one that is here, or a registry that has it with --image-registry");
    }
}
