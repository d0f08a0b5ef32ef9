using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace OfflineAspire;

/// <summary>A command line with all values worked out, and what of it may be shown.</summary>
internal sealed record Launch(string File, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string WorkingDirectory)
{
    public ImmutableArray<EnvironmentVariableSnapshot> EnvironmentSnapshot { get; init; } = [];

    public IReadOnlyList<ResourcePropertySnapshot> Properties { get; init; } = [];
}

/// <summary>A value given to a resource.</summary>
internal readonly record struct ResolvedValue(string Text, bool IsSecret)
{
    public string Shown => IsSecret ? SecretMask.Mask : Text;
}

/// <summary>Turns a resource into the command line that runs it.</summary>
internal sealed class Launcher(DistributedApplicationExecutionContext context, IServiceProvider services, SecretMask secrets,
    GuardianClient guardian, TemporaryFiles files)
{
    private readonly ContainerEngine _engine = new(services, guardian, files);

    public DistributedApplicationModel Model { get; } = services.GetRequiredService<DistributedApplicationModel>();

    /// <exception cref="DistributedApplicationException">A value is missing, or there is no container engine.</exception>
    public async Task<Launch> PrepareAsync(IResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        List<ResolvedValue> arguments = await ArgumentsAsync(resource, logger, cancellationToken).ConfigureAwait(false);
        Dictionary<string, ResolvedValue> variables = await EnvironmentAsync(resource, logger, cancellationToken).ConfigureAwait(false);
        if (resource.IsContainer())
        {
            Launch container = await _engine.PrepareAsync(resource, arguments, variables, cancellationToken).ConfigureAwait(false);
            return container with { EnvironmentSnapshot = Shown(variables) };
        }
        (string file, string directory, IEnumerable<string> before) = Command(resource);
        return new(file, [.. before, .. arguments.Select(a => a.Text)], Merge(variables), directory)
        {
            EnvironmentSnapshot = Shown(variables),
            Properties =
            [
                new("executable.path", file),
                new("executable.workDir", directory),
                new("executable.args", before.Concat(arguments.Select(a => a.Shown)).ToImmutableArray()) { IsSensitive = arguments.Any(a => a.IsSecret) },
            ],
        };
    }

    public Task StopContainerAsync(IResource resource) => resource.IsContainer() ? _engine.StopAsync(resource) : Task.CompletedTask;

    public Task CloseAsync() => _engine.CloseAsync();

    public async Task<List<ResolvedValue>> ArgumentsAsync(IResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        var arguments = new List<object>();
        foreach (CommandLineArgsCallbackAnnotation annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            var callback = new CommandLineArgsCallbackContext(arguments, resource, cancellationToken) { ExecutionContext = context, Logger = logger };
            await annotation.Callback(callback).ConfigureAwait(false);
        }
        var resolved = new List<ResolvedValue>();
        foreach (object argument in arguments)
        {
            if (await ResolveAsync(argument, resource, cancellationToken).ConfigureAwait(false) is { } value)
            {
                resolved.Add(value);
            }
        }
        return resolved;
    }

    public async Task<Dictionary<string, ResolvedValue>> EnvironmentAsync(IResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        var variables = new Dictionary<string, object>();
        foreach (EnvironmentCallbackAnnotation annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(new(context, resource, variables, cancellationToken) { Logger = logger }).ConfigureAwait(false);
        }
        var resolved = new Dictionary<string, ResolvedValue>();
        foreach ((string name, object value) in variables)
        {
            if (await ResolveAsync(value, resource, cancellationToken).ConfigureAwait(false) is { } text)
            {
                resolved[name] = text;
            }
        }
        return resolved;
    }

    private static (string File, string Directory, IEnumerable<string> Before) Command(IResource resource)
    {
        if (resource is not ProjectResource project)
        {
            var executable = (ExecutableResource)resource;
            return (executable.Command, executable.WorkingDirectory, []);
        }
        IProjectMetadata metadata = project.GetProjectMetadata();
        string directory = Path.GetDirectoryName(metadata.ProjectPath)!;
        if (metadata is IBuiltProject built)
        {
            string program = Path.ChangeExtension(built.TargetPath, OperatingSystem.IsWindows() ? ".exe" : null);
            return File.Exists(program) ? (program, directory, []) : (DotnetHost.Executable, directory, ["exec", built.TargetPath]);
        }
        return (DotnetHost.Executable, directory, ["run", "--project", metadata.ProjectPath, "--no-launch-profile", "--"]);
    }

    private static ImmutableArray<EnvironmentVariableSnapshot> Shown(Dictionary<string, ResolvedValue> variables) =>
        [.. variables.Select(v => new EnvironmentVariableSnapshot(v.Key, v.Value.Shown, IsFromSpec: true))];

    // A process sees the AppHost's own environment below what the model gives it.
    private static Dictionary<string, string> Merge(Dictionary<string, ResolvedValue> variables)
    {
        var merged = new Dictionary<string, string>();
        foreach (DictionaryEntry own in System.Environment.GetEnvironmentVariables())
        {
            merged[(string)own.Key] = (string?)own.Value ?? "";
        }
        merged.TryAdd("DOTNET_ROOT", DotnetHost.Root);
        foreach ((string name, ResolvedValue value) in variables)
        {
            merged[name] = value.Text;
        }
        return merged;
    }

    private async Task<ResolvedValue?> ResolveAsync(object value, IResource caller, CancellationToken cancellationToken)
    {
        switch (value)
        {
            case string text:
                return new(text, false);
            case IResourceBuilder<IResource> builder:
                return await ResolveAsync(builder.Resource, caller, cancellationToken).ConfigureAwait(false);
            case IValueProvider provider:
                string? resolved = await provider.GetValueAsync(new ValueProviderContext { ExecutionContext = context, Caller = caller }, cancellationToken)
                    .ConfigureAwait(false);
                bool isSecret = IsSecret(provider, 0);
                if (isSecret)
                {
                    secrets.Add(resolved);
                }
                return resolved is null ? null : new(resolved, isSecret);
            default:
                return new(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", false);
        }
    }

    private static bool IsSecret(object value, int depth) => depth < 32 && value switch
    {
        ParameterResource parameter => parameter.Secret,
        EndpointReference or EndpointReferenceExpression => false,
        IValueWithReferences with => with.References.Any(r => IsSecret(r, depth + 1)),
        _ => false,
    };
}
