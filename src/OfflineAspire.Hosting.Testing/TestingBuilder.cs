using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OfflineAspire;

namespace Aspire.Hosting.Testing;

public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder, IAsyncDisposable, IDisposable
{
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}

public static class DistributedApplicationTestingBuilder
{
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync(typeof(TEntryPoint), [], cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync(Type entryPoint, CancellationToken cancellationToken = default) =>
        CreateAsync(entryPoint, [], cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync(typeof(TEntryPoint), args, cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync(Type entryPoint, string[] args, CancellationToken cancellationToken = default) =>
        CreateAsync(entryPoint, args, static (_, _) => { }, cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder, CancellationToken cancellationToken = default) =>
        CreateAsync(typeof(TEntryPoint), args, configureBuilder, cancellationToken);

    /// <summary>Runs the AppHost's entry point in this process up to its call of Build.</summary>
    /// <param name="entryPoint">A type of the AppHost's assembly, as <c>Projects.My_AppHost</c>.</param>
    /// <param name="args">Given to the entry point and added to the configuration.</param>
    /// <param name="configureBuilder">Called before the builder is made.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync(Type entryPoint, string[] args,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder, CancellationToken cancellationToken = default)
    {
        var run = new EntryPointRun(entryPoint.Assembly, args, configureBuilder);
        return await run.CreateAsync(cancellationToken).ConfigureAwait(false);
    }

    public static IDistributedApplicationTestingBuilder Create(params string[] args) => Create(args, static (_, _) => { });

    public static IDistributedApplicationTestingBuilder Create(
        string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder)
    {
        var options = new DistributedApplicationOptions();
        var interception = new BuilderInterception
        {
            OnConstructing = (o, settings) => Defaults.Apply(o, settings, args, null, configureBuilder),
            OnBuilding = static _ => { },
            OnBuilt = static _ => { },
        };
        return new TestingBuilder(new DistributedApplicationBuilder(options, interception), null);
    }
}

internal static class Defaults
{
    public static void Apply(DistributedApplicationOptions options, HostApplicationBuilderSettings settings, string[] args, Assembly? appHost,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder)
    {
        // The entry point usually passes on the same arguments that it was given.
        options.Args = options.Args is { } own && own.SequenceEqual(args) ? own : [.. options.Args ?? [], .. args];
        settings.Args = options.Args;
        options.AssemblyName = appHost?.GetName().Name ?? options.AssemblyName;
        options.DisableDashboard = true;
        options.EnableResourceLogging = true;
        configureBuilder(options, settings);
    }
}

#pragma warning disable ASPIREFILESYSTEM001 // Passed on.
internal sealed class TestingBuilder(DistributedApplicationBuilder inner, EntryPointRun? run) : IDistributedApplicationTestingBuilder
{
    private DistributedApplication? _app;

    public ConfigurationManager Configuration => inner.Configuration;

    public string AppHostDirectory => inner.AppHostDirectory;

    public Assembly? AppHostAssembly => inner.AppHostAssembly;

    public IHostEnvironment Environment => inner.Environment;

    public IServiceCollection Services => inner.Services;

    public IDistributedApplicationEventing Eventing => inner.Eventing;

    public DistributedApplicationExecutionContext ExecutionContext => inner.ExecutionContext;

    public IResourceCollection Resources => inner.Resources;

    public IFileSystemService FileSystemService => inner.FileSystemService;

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource => inner.AddResource(resource);

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => inner.CreateResourceBuilder(resource);

    public DistributedApplication Build() => BuildAsync().GetAwaiter().GetResult();

    public async Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) =>
        _app ??= run is null ? inner.Build() : await run.BuildAsync(cancellationToken).ConfigureAwait(false);

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync().ConfigureAwait(false);
        }
        run?.Abandon();
    }
}

/// <summary>An AppHost's entry point, running on a thread of its own and held at its call of Build.</summary>
internal sealed class EntryPointRun(Assembly appHost, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder)
{
    private readonly TaskCompletionSource<DistributedApplicationBuilder> _builder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _app = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _mayBuild = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<TestingBuilder> CreateAsync(CancellationToken cancellationToken)
    {
        MethodInfo main = appHost.EntryPoint ?? throw new InvalidOperationException($"The assembly '{appHost.GetName().Name}' has no entry point.");
        new Thread(() => Run(main)) { IsBackground = true, Name = "entry point of " + appHost.GetName().Name }.Start();
        return new(await _builder.Task.WaitAsync(cancellationToken).ConfigureAwait(false), this);
    }

    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        _mayBuild.TrySetResult();
        return _app.Task.WaitAsync(cancellationToken);
    }

    public void Abandon() => _mayBuild.TrySetCanceled();

    private void Run(MethodInfo main)
    {
        new BuilderInterception
        {
            OnConstructing = (options, settings) => Defaults.Apply(options, settings, args, appHost, configureBuilder),
            OnBuilding = builder =>
            {
                _builder.TrySetResult(builder);
                _mayBuild.Task.GetAwaiter().GetResult();
            },
            OnBuilt = app => _app.TrySetResult(app),
        }.Enter();
        try
        {
            object? result = main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, main.GetParameters().Length == 0 ? [] : [args], null);
            int? exitCode = result switch
            {
                int code => code,
                Task<int> task => task.GetAwaiter().GetResult(),
                Task task => Wait(task),
                _ => null,
            };
            Fail(new InvalidOperationException($"The entry point of '{appHost.GetName().Name}' ended without building an application"
                + (exitCode is { } ended ? $" (exit code {ended})." : ".")));
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private static int? Wait(Task task)
    {
        task.GetAwaiter().GetResult();
        return null;
    }

    private void Fail(Exception e)
    {
        _builder.TrySetException(e);
        _app.TrySetException(e);
        // Nobody may be waiting any more; an unobserved exception helps nobody.
        _ = _builder.Task.Exception;
        _ = _app.Task.Exception;
    }
}

public static class DistributedApplicationHostingTestingExtensions
{
    public static HttpClient CreateHttpClient(this DistributedApplication app, string resourceName, string? endpointName = null) =>
        new() { BaseAddress = app.GetEndpoint(resourceName, endpointName) };

    public static ValueTask<string?> GetConnectionStringAsync(
        this DistributedApplication app, string resourceName, CancellationToken cancellationToken = default) =>
        Find(app, resourceName) is IResourceWithConnectionString resource ? resource.GetConnectionStringAsync(cancellationToken)
            : throw new ArgumentException($"Resource '{resourceName}' does not expose a connection string.", nameof(resourceName));

    public static Uri GetEndpoint(this DistributedApplication app, string resourceName, string? endpointName = null)
    {
        if (Find(app, resourceName) is not IResourceWithEndpoints resource)
        {
            throw new ArgumentException($"Resource '{resourceName}' has no endpoints.", nameof(resourceName));
        }
        EndpointReference? endpoint = endpointName is not null ? resource.GetEndpoint(endpointName)
            : resource.GetEndpoints().FirstOrDefault(e => e.IsHttp) ?? resource.GetEndpoints().FirstOrDefault(e => e.IsHttps)
                ?? resource.GetEndpoints().FirstOrDefault();
        return endpoint is { Exists: true } ? new Uri(endpoint.Url)
            : throw new ArgumentException($"Endpoint '{endpointName}' for resource '{resourceName}' not found.", nameof(endpointName));
    }

    private static IResource Find(DistributedApplication app, string name) =>
        app.Services.GetRequiredService<DistributedApplicationModel>().Resources.TryGetByName(name, out IResource? resource) ? resource
            : throw new ArgumentException($"Resource '{name}' not found.", nameof(name));
}
