using System.Collections;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace OfflineAspire;

/// <summary>Containers through the Docker or Podman program: <c>run</c> in the foreground, watched like any other process.</summary>
internal sealed class ContainerEngine(IServiceProvider services, GuardianClient guardian, TemporaryFiles files)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly string _network = "aspire-" + Guid.NewGuid().ToString("n")[..8];
    private Task? _networkCreated;

    /// <exception cref="DistributedApplicationException">There is no engine, or it can't create a network.</exception>
    public async Task<Launch> PrepareAsync(IResource resource, IReadOnlyList<ResolvedValue> arguments,
        IReadOnlyDictionary<string, ResolvedValue> variables, CancellationToken cancellationToken)
    {
        string engine = Find();
        await CreateNetworkAsync(engine).ConfigureAwait(false);
        ContainerRun run = await DescribeAsync(resource, arguments, variables, cancellationToken).ConfigureAwait(false);
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
        }
    }

    public Task CloseAsync() => _networkCreated is { IsCompletedSuccessfully: true }
        ? RunAsync(Find(), ContainerCommandLine.RemoveNetwork(_network)) : Task.CompletedTask;

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
        List<ContainerMountAnnotation> mounts = [.. resource.Annotations.OfType<ContainerMountAnnotation>()];
        mounts.AddRange(await new ContainerFiles(services, files).WriteAsync(resource, cancellationToken).ConfigureAwait(false));
        return new()
        {
            Name = NameOf(resource),
            Image = image!,
            Network = _network,
            Aliases = [resource.Name, resource.Name + ".dev.internal", .. resource.Annotations.OfType<ContainerNetworkAliasAnnotation>().Select(a => a.Alias)],
            Ports = [.. resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.AllocatedEndpoint is not null)
                .Select(e => (e.AllocatedEndpoint!.Port, e.TargetPort!.Value, e.Protocol == System.Net.Sockets.ProtocolType.Udp ? "udp" : "tcp"))],
            Mounts = mounts,
            Environment = [.. variables.Keys],
            Entrypoint = (resource as ContainerResource)?.Entrypoint,
            Pull = resource.Annotations.OfType<ContainerImagePullPolicyAnnotation>().LastOrDefault()?.ImagePullPolicy ?? ImagePullPolicy.Default,
            Keep = resource.Annotations.OfType<ContainerLifetimeAnnotation>().LastOrDefault()?.Lifetime == ContainerLifetime.Persistent,
            RuntimeArguments = [.. extra.Select(a => a.ToString() ?? "")],
            Arguments = [.. arguments.Select(a => a.Text)],
        };
    }

    private static string NameOf(IResource resource) =>
        resource.Annotations.OfType<ContainerNameAnnotation>().LastOrDefault()?.Name ?? resource.ResourceId();

    private string Find()
    {
        IConfiguration configuration = services.GetRequiredService<IConfiguration>();
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

    // Null when it went well, its last line otherwise.
    private async Task<string?> RunAsync(string engine, List<string> arguments)
    {
        string? last = null;
        ManagedProcess process = await guardian.StartAsync(engine, arguments, OwnEnvironment(), Path.GetTempPath(), (line, _) => last = line).ConfigureAwait(false);
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
