using System.Collections;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace OfflineAspire;

/// <summary>Containers through the Docker or Podman program: <c>run</c> in the foreground, watched like any other process.</summary>
internal sealed class ContainerEngine(IServiceProvider services, GuardianClient guardian, TemporaryFiles files)
{
    /// <summary>
    /// A label by which a container names a network or volume that goes with the application: <c>aspire.cleanup.volume=NAME</c>.
    /// Whoever made it removes it; this is for an AppHost that was killed.
    /// </summary>
    private const string CleanupLabel = "aspire.cleanup.";

    private const string HostNetwork = "host";

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly string _network = "aspire-" + Guid.NewGuid().ToString("n")[..8];
    private readonly HashSet<string> _kept = [];
    private Task? _networkCreated;

    /// <exception cref="DistributedApplicationException">There is no engine, or it can't create a network.</exception>
    public async Task<Launch> PrepareAsync(IResource resource, IReadOnlyList<ResolvedValue> arguments,
        IReadOnlyDictionary<string, ResolvedValue> variables, CancellationToken cancellationToken)
    {
        string engine = Find();
        ContainerRun run = await DescribeAsync(resource, arguments, variables, cancellationToken).ConfigureAwait(false);
        run = run with { NamesHost = Path.GetFileNameWithoutExtension(engine) != "podman" };
        if (run.Network is not null)
        {
            await CreateNetworkAsync(engine).ConfigureAwait(false);
        }
        await KeepAsync(engine, run).ConfigureAwait(false);
        Dictionary<string, string> environment = OwnEnvironment();
        foreach ((string name, ResolvedValue value) in variables)
        {
            environment[name] = value.Text;
        }
        return new(engine, ContainerCommandLine.Run(run), environment, Path.GetTempPath())
        {
            Properties = [new("container.image", run.Image), new("container.name", run.Name), new("container.command", run.Entrypoint)],
        };
    }

    public async Task StopAsync(IResource resource)
    {
        if (resource.Annotations.OfType<ContainerLifetimeAnnotation>().LastOrDefault()?.Lifetime != ContainerLifetime.Persistent)
        {
            await RunAsync(Find(), ContainerCommandLine.Stop(NameOf(resource), Grace)).ConfigureAwait(false);
            await RunAsync(Find(), ContainerCommandLine.Remove(NameOf(resource))).ConfigureAwait(false);
            guardian.ForgetCommand(NameOf(resource));
        }
    }

    public async Task CloseAsync()
    {
        if (_networkCreated is { IsCompletedSuccessfully: true })
        {
            await RunAsync(Find(), ContainerCommandLine.RemoveNetwork(_network)).ConfigureAwait(false);
        }
        List<string> kept;
        lock (_gate)
        {
            kept = [.. _kept];
        }
        // What a container's label names has been removed by then, or is meant to stay.
        kept.ForEach(guardian.ForgetCommand);
    }

    /// <summary>Everything of a container's run except the engine: also what tests look at.</summary>
    public async Task<ContainerRun> DescribeAsync(IResource resource, IReadOnlyList<ResolvedValue> arguments,
        IReadOnlyDictionary<string, ResolvedValue> variables, CancellationToken cancellationToken)
    {
        var extra = new List<object>();
        foreach (ContainerRuntimeArgsCallbackAnnotation annotation in resource.Annotations.OfType<ContainerRuntimeArgsCallbackAnnotation>())
        {
            await annotation.Callback(new(extra, cancellationToken)).ConfigureAwait(false);
        }
        resource.TryGetContainerImageName(out string? image);
        List<string> runtimeArguments = [.. extra.Select(a => a.ToString() ?? "")];
        string? network = ContainerCommandLine.NetworkOf(runtimeArguments);
        bool isOnHost = network == HostNetwork;
        List<ContainerMountAnnotation> mounts = [.. resource.Annotations.OfType<ContainerMountAnnotation>()];
        mounts.AddRange(await new ContainerFiles(services, files).WriteAsync(resource, cancellationToken).ConfigureAwait(false));
        return new()
        {
            Name = NameOf(resource),
            Image = image!,
            Network = network is null ? _network : null,
            Aliases = isOnHost ? [] : [resource.Name, resource.Name + ".dev.internal", .. resource.Annotations.OfType<ContainerNetworkAliasAnnotation>().Select(a => a.Alias)],
            Ports = isOnHost ? [] : [.. resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.AllocatedEndpoint is not null)
                .Select(e => (e.AllocatedEndpoint!.Port, e.TargetPort!.Value, e.Protocol == System.Net.Sockets.ProtocolType.Udp ? "udp" : "tcp"))],
            Mounts = mounts,
            Environment = [.. variables.Keys],
            Entrypoint = (resource as ContainerResource)?.Entrypoint,
            Pull = resource.Annotations.OfType<ContainerImagePullPolicyAnnotation>().LastOrDefault()?.ImagePullPolicy ?? ImagePullPolicy.Default,
            Keep = resource.Annotations.OfType<ContainerLifetimeAnnotation>().LastOrDefault()?.Lifetime == ContainerLifetime.Persistent,
            RuntimeArguments = runtimeArguments,
            Arguments = [.. arguments.Select(a => a.Text)],
        };
    }

    private string Find() => Find(services.GetRequiredService<IConfiguration>());

    private static string NameOf(IResource resource) =>
        resource.Annotations.OfType<ContainerNameAnnotation>().LastOrDefault()?.Name ?? resource.ResourceId();

    /// <exception cref="DistributedApplicationException">There is none.</exception>
    public static string Find(IConfiguration configuration)
    {
        string? wanted = configuration["DcpPublisher:ContainerRuntime"] ?? configuration["ASPIRE_CONTAINER_RUNTIME"];
        string[] candidates = wanted is null ? ["docker", "podman"] : [wanted];
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (string name in candidates)
            {
                string path = Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name);
                if (File.Exists(path))
                {
                    return path;
                }
            }
        }
        throw new DistributedApplicationException(wanted is null
            ? "no container engine was found: neither 'docker' nor 'podman' is in PATH"
            : $"the container engine '{wanted}' was not found in PATH");
    }

    private Task CreateNetworkAsync(string engine)
    {
        lock (_gate)
        {
            return _networkCreated ??= CreateAsync();
        }

        async Task CreateAsync()
        {
            if (await RunAsync(engine, ContainerCommandLine.CreateNetwork(_network)).ConfigureAwait(false) is { } failure)
            {
                throw new DistributedApplicationException($"'{Path.GetFileName(engine)} network create' failed: {failure}");
            }
        }
    }

    // Networks before volumes before containers: the guardian runs the last first.
    private async Task KeepAsync(string engine, ContainerRun run)
    {
        if (run.Keep)
        {
            return;
        }
        if (run.Network is not null)
        {
            await KeepAsync(engine, _network, ContainerCommandLine.RemoveNetwork(_network)).ConfigureAwait(false);
        }
        foreach (string label in ContainerCommandLine.ValuesOf(run.RuntimeArguments, "--label").Where(l => l.StartsWith(CleanupLabel, StringComparison.Ordinal)))
        {
            string[] parts = label[CleanupLabel.Length..].Split('=', 2);
            if (parts is [string kind, { Length: > 0 } name])
            {
                await KeepAsync(engine, label, ContainerCommandLine.RemoveLabelled(kind, name)).ConfigureAwait(false);
            }
        }
        await KeepAsync(engine, run.Name, ContainerCommandLine.Remove(run.Name), isOfContainer: true).ConfigureAwait(false);
    }

    private Task KeepAsync(string engine, string name, List<string> arguments, bool isOfContainer = false)
    {
        lock (_gate)
        {
            // Told once, so that it stays before the containers that use it.
            if (!isOfContainer && !_kept.Add(name))
            {
                return Task.CompletedTask;
            }
        }
        return guardian.KeepCommandAsync(name, new() { File = engine, Arguments = arguments, Environment = OwnEnvironment(), WorkingDirectory = Path.GetTempPath() });
    }

    // Null when it went well, its last line otherwise.
    private async Task<string?> RunAsync(string engine, List<string> arguments)
    {
        string? last = null;
        ManagedProcess process = await guardian.StartAsync(engine, arguments, OwnEnvironment(), Path.GetTempPath(), (line, _) => last = line, isEngine: true).ConfigureAwait(false);
        await process.Started.ConfigureAwait(false);
        ExitStatus status = await process.Exited.ConfigureAwait(false);
        return status.Code == 0 ? null : last ?? status.ToString();
    }

    private static Dictionary<string, string> OwnEnvironment() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "");
}

/// <summary>Writes the files of WithContainerFiles to a temporary folder, to be mounted one by one.</summary>
internal sealed class ContainerFiles(IServiceProvider services, TemporaryFiles files)
{
    private const UnixFileMode DefaultUmask = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode AllReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private const UnixFileMode AllExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public async Task<List<ContainerMountAnnotation>> WriteAsync(IResource resource, CancellationToken cancellationToken)
    {
        var mounts = new List<ContainerMountAnnotation>();
        foreach (ContainerFileSystemCallbackAnnotation annotation in resource.Annotations.OfType<ContainerFileSystemCallbackAnnotation>())
        {
            IEnumerable<ContainerFileSystemItem> items = await annotation.Callback(new() { Services = services, Model = resource }, cancellationToken)
                .ConfigureAwait(false);
#pragma warning disable ASPIREFILESYSTEM001 // Its own implementation.
            string folder = files.CreateTempSubdirectory("aspire-files-").Path;
#pragma warning restore ASPIREFILESYSTEM001
            foreach (ContainerFileSystemItem item in items)
            {
                string path = Write(folder, item, annotation.Umask ?? DefaultUmask);
                mounts.Add(new(path, annotation.DestinationPath.TrimEnd('/') + "/" + item.Name, ContainerMountType.BindMount, isReadOnly: false));
            }
        }
        return mounts;
    }

    private static string Write(string folder, ContainerFileSystemItem item, UnixFileMode umask)
    {
        string path = Path.Combine(folder, item.Name);
        if (item is ContainerDirectory directory)
        {
            Directory.CreateDirectory(path);
            foreach (ContainerFileSystemItem entry in directory.Entries)
            {
                Write(path, entry, umask);
            }
        }
        else if (item is ContainerFileBase { SourcePath: { } source })
        {
            File.Copy(source, path);
        }
        else
        {
            File.WriteAllText(path, (item as ContainerFileBase)?.Contents ?? "");
        }
        if (!OperatingSystem.IsWindows())
        {
            UnixFileMode all = item is ContainerDirectory ? AllReadWrite | AllExecute : AllReadWrite;
            File.SetUnixFileMode(path, item.Mode != UnixFileMode.None ? item.Mode : all & ~umask);
        }
        return path;
    }
}
