using Aspire.Hosting.ApplicationModel;

namespace OfflineAspire;

/// <summary>What <c>docker run</c> or <c>podman run</c> is told.</summary>
internal sealed record ContainerRun
{
    public required string Name { get; init; }

    public required string Image { get; init; }

    /// <summary>Null when the runtime arguments name one.</summary>
    public required string? Network { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Host port, container port, protocol (<c>tcp</c> or <c>udp</c>).</summary>
    public IReadOnlyList<(int Host, int Container, string Protocol)> Ports { get; init; } = [];

    public IReadOnlyList<ContainerMountAnnotation> Mounts { get; init; } = [];

    /// <summary>Names only: the values go through the engine's own environment, so that secrets show up in no process list.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Whether containers are told the host's name; Podman does so by itself, and before 4.7 can't be asked for it.</summary>
    public bool NamesHost { get; init; } = true;

    public string? Entrypoint { get; init; }

    public ImagePullPolicy Pull { get; init; }

    public bool Keep { get; init; }

    public IReadOnlyList<string> RuntimeArguments { get; init; } = [];

    public IReadOnlyList<string> Arguments { get; init; } = [];
}

/// <summary>Arguments for the <c>docker</c> or <c>podman</c> program; both take the same.</summary>
internal static class ContainerCommandLine
{
    public static List<string> Run(ContainerRun run)
    {
        List<string> line = ["run", "--name", run.Name];
        if (run.Network is not null)
        {
            line.AddRange(["--network", run.Network]);
        }
        if (!run.Keep)
        {
            line.Add("--rm");
        }
        foreach (string alias in run.Aliases)
        {
            line.AddRange(["--network-alias", alias]);
        }
        if (run.NamesHost)
        {
            line.AddRange(["--add-host", "host.docker.internal:host-gateway"]);
        }
        foreach ((int host, int container, string protocol) in run.Ports)
        {
            line.AddRange(["--publish", $"127.0.0.1:{host}:{container}/{protocol}"]);
        }
        foreach (ContainerMountAnnotation mount in run.Mounts)
        {
            line.AddRange(["--mount", Mount(mount)]);
        }
        foreach (string name in run.Environment)
        {
            line.AddRange(["--env", name]);
        }
        if (run.Entrypoint is not null)
        {
            line.AddRange(["--entrypoint", run.Entrypoint]);
        }
        if (run.Pull != ImagePullPolicy.Default)
        {
            line.AddRange(["--pull", run.Pull.ToString().ToLowerInvariant()]);
        }
        return [.. line, .. run.RuntimeArguments, run.Image, .. run.Arguments];
    }

    public static List<string> CreateNetwork(string name) => ["network", "create", name];

    public static List<string> RemoveNetwork(string name) => ["network", "rm", name];

    /// <param name="name">Name of the container.</param>
    /// <param name="grace">Time between SIGTERM and SIGKILL; whole seconds.</param>
    public static List<string> Stop(string name, TimeSpan grace) => ["stop", "--time", $"{(int)grace.TotalSeconds}", name];

    public static List<string> Remove(string name) => ["rm", "--force", name];

    /// <summary>What a container's label names, in the engine's words: <c>volume rm --force NAME</c>.</summary>
    public static List<string> RemoveLabelled(string kind, string name) => [kind, "rm", "--force", name];

    /// <summary>The value of the last <c>--network</c>, if there is one.</summary>
    public static string? NetworkOf(IReadOnlyList<string> runtimeArguments) => ValuesOf(runtimeArguments, "--network").LastOrDefault();

    public static IEnumerable<string> ValuesOf(IReadOnlyList<string> runtimeArguments, string name)
    {
        for (int i = 0; i < runtimeArguments.Count; i++)
        {
            if (runtimeArguments[i].StartsWith(name + "=", StringComparison.Ordinal))
            {
                yield return runtimeArguments[i][(name.Length + 1)..];
            }
            else if (runtimeArguments[i] == name && i + 1 < runtimeArguments.Count)
            {
                yield return runtimeArguments[++i];
            }
        }
    }

    private static string Mount(ContainerMountAnnotation mount)
    {
        string type = mount.Type == ContainerMountType.BindMount ? "bind" : "volume";
        string source = string.IsNullOrEmpty(mount.Source) ? "" : $",source={Quoted(mount.Source)}";
        return $"type={type}{source},target={Quoted(mount.Target)}{(mount.IsReadOnly ? ",readonly" : "")}";
    }

    // The value of --mount is one line of CSV. A field can only be quoted whole, so a comma is refused rather than misread.
    private static string Quoted(string path) => path.AsSpan().IndexOfAny(',', '"') < 0 ? path
        : throw new Aspire.Hosting.DistributedApplicationException($"The container engine can't mount '{path}': the path holds a comma or a quotation mark.");
}
