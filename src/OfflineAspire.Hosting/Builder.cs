using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OfflineAspire;

namespace Aspire.Hosting;

public interface IDistributedApplicationBuilder
{
    ConfigurationManager Configuration { get; }

    string AppHostDirectory { get; }

    Assembly? AppHostAssembly { get; }

    IHostEnvironment Environment { get; }

    IServiceCollection Services { get; }

    IDistributedApplicationEventing Eventing { get; }

    DistributedApplicationExecutionContext ExecutionContext { get; }

    IResourceCollection Resources { get; }

    [System.Diagnostics.CodeAnalysis.Experimental("ASPIREFILESYSTEM001")]
    IFileSystemService FileSystemService { get; }

    IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;

    IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource;

    DistributedApplication Build();
}

public sealed class DistributedApplicationOptions
{
    public string[]? Args { get; set; }

    public string? AssemblyName { get; set; }

    public string? ProjectDirectory { get; set; }

    public bool DisableDashboard { get; set; }

    /// <summary>Also writes the resources' output to the AppHost's log, at Information.</summary>
    public bool EnableResourceLogging { get; set; }

    public bool AllowUnsecuredTransport { get; set; }
}

#pragma warning disable ASPIREFILESYSTEM001 // Its own implementation.
public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _inner;
    private readonly BuilderInterception? _interception;
    private readonly TemporaryFiles _files;
    private readonly SecretMask _secrets = new();
    private readonly ResourceCollection _resources = new();

    public DistributedApplicationBuilder(string[] args) : this(new DistributedApplicationOptions { Args = args }) { }

    public DistributedApplicationBuilder(DistributedApplicationOptions options) : this(options, BuilderInterception.Current) { }

    internal DistributedApplicationBuilder(DistributedApplicationOptions options, BuilderInterception? interception)
    {
        _interception = interception;
        var settings = new HostApplicationBuilderSettings { Args = options.Args };
        _interception?.OnConstructing(options, settings);
        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name) : Assembly.GetEntryAssembly();
        AppHostDirectory = Path.GetFullPath(options.ProjectDirectory ?? ProjectDirectory(AppHostAssembly) ?? settings.ContentRootPath ?? Directory.GetCurrentDirectory());
        settings.ContentRootPath ??= AppHostDirectory;
        settings.ApplicationName ??= AppHostAssembly?.GetName().Name;
        settings.Configuration ??= new ConfigurationManager();
        // Watching the settings files costs start time, and nothing here reacts to their change.
        settings.Configuration["hostBuilder:reloadConfigOnChange"] ??= "false";
        _inner = new HostApplicationBuilder(settings);
        _inner.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = QuietLogging });
        _inner.Configuration.Sources.Add(new CommandLineConfigurationSource { Args = options.Args ?? [], SwitchMappings = AspireSwitches });

        ExecutionContext = new(new DistributedApplicationExecutionContextOptions(Operation(), Configuration["Publishing:Publisher"] ?? "manifest"));
        Guardian = new GuardianClient();
        _files = new TemporaryFiles(Guardian);
        AddServices(options);
        if (ExecutionContext.IsRunMode && _interception is null && IsAppHost(AppHostAssembly))
        {
            // Its start takes as long as building a model does; they go side by side.
            Guardian.StartEarly();
        }
    }

    public IHostEnvironment Environment => _inner.Environment;

    public ConfigurationManager Configuration => _inner.Configuration;

    public IServiceCollection Services => _inner.Services;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources => _resources;

    public IDistributedApplicationEventing Eventing { get; } = new DistributedApplicationEventing();

    [System.Diagnostics.CodeAnalysis.Experimental("ASPIREFILESYSTEM001")]
    public IFileSystemService FileSystemService => _files;

    internal GuardianClient Guardian { get; }

    // Defaults below every other source: what the user sees is the AppHost's own output, not the orchestrator's log.
    private static KeyValuePair<string, string?>[] QuietLogging =>
    [
        new("Logging:LogLevel:Aspire", "Warning"),
        new("Logging:LogLevel:OfflineAspire", "Warning"),
        new("Logging:LogLevel:Microsoft", "Warning"),
        new("Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks", "None"),
    ];

    private static Dictionary<string, string> AspireSwitches => new(StringComparer.OrdinalIgnoreCase)
    {
        ["--operation"] = "AppHost:Operation",
        ["--publisher"] = "Publishing:Publisher",
        ["--output-path"] = "Pipeline:OutputPath",
        ["--step"] = "Pipeline:Step",
    };

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        if (_resources.TryGetByName(resource.Name, out IResource? existing))
        {
            throw new DistributedApplicationException($"Cannot add resource of type '{resource.GetType()}' with name '{resource.Name}' because "
                + $"resource of type '{existing.GetType()}' with that name already exists. Resource names are case-insensitive.");
        }
        _resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        _interception?.OnBuilding(this);
        IHost host = _inner.Build();
        ExecutionContext.Options.Services = host.Services;
        foreach (ParameterResource parameter in _resources.OfType<ParameterResource>())
        {
            parameter.Resolved = _secrets.Add;
        }
        var app = new DistributedApplication(host);
        if (_interception is not null)
        {
            _interception.Built = app;
            _interception.OnBuilt(app);
        }
        return app;
    }

    private DistributedApplicationOperation Operation() => Configuration["AppHost:Operation"]?.ToLowerInvariant() switch
    {
        "publish" => DistributedApplicationOperation.Publish,
        null when Configuration["Publishing:Publisher"] is not null => DistributedApplicationOperation.Publish,
        _ => DistributedApplicationOperation.Run,
    };

    private void AddServices(DistributedApplicationOptions options)
    {
        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton(Eventing);
        Services.AddSingleton(_secrets);
        Services.AddSingleton(_ => _files);
        Services.AddSingleton<IFileSystemService>(_files);
        Services.AddSingleton(new DistributedApplicationModel(_resources));
        // Factories, so that the container disposes what it has built.
        Services.AddSingleton(_ => Guardian);
        Services.AddSingleton(sp => new ResourceLoggerService(_secrets, options.EnableResourceLogging ? sp.GetRequiredService<ILoggerFactory>() : null));
        Services.AddSingleton<ResourceNotificationService>();
        Services.AddSingleton(sp => new ResourceCommandService(sp));
        // Read when it is asked for: by then the AppHost has said all that it has to say.
        Services.AddSingleton(_ => DashboardSettings.Read(Configuration, options.DisableDashboard || !ExecutionContext.IsRunMode, AppHostAssembly, Environment.ApplicationName));
        Services.AddSingleton(sp => new DashboardHost(sp, sp.GetRequiredService<DashboardSettings>(), Guardian));
        Services.AddSingleton<Orchestrator>();
        Services.AddHostedService(sp => sp.GetRequiredService<Orchestrator>());
        Services.AddHealthChecks();
        Services.Configure<ConsoleLifetimeOptions>(o => o.SuppressStatusMessages = true);
        if (_interception is not null)
        {
            // Signals belong to the test host.
            Services.AddSingleton<IHostLifetime, PassiveLifetime>();
        }
    }

    private static string? ProjectDirectory(Assembly? assembly)
    {
        string? path = Metadata(assembly, "apphostprojectpath");
        return Directory.Exists(path) ? path : null;
    }

    private static bool IsAppHost(Assembly? assembly) => Metadata(assembly, "apphostprojectpath") is not null;

    private static string? Metadata(Assembly? assembly, string key) => assembly?.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(a => string.Equals(a.Key, key, StringComparison.OrdinalIgnoreCase))?.Value;

    private sealed class ResourceBuilder<T>(IDistributedApplicationBuilder builder, T resource) : IResourceBuilder<T> where T : IResource
    {
        public IDistributedApplicationBuilder ApplicationBuilder => builder;

        public T Resource => resource;

        public IResourceBuilder<T> WithAnnotation<TAnnotation>(
            TAnnotation annotation, ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
            where TAnnotation : IResourceAnnotation
        {
            if (behavior == ResourceAnnotationMutationBehavior.Replace)
            {
                foreach (TAnnotation old in resource.Annotations.OfType<TAnnotation>().ToArray())
                {
                    resource.Annotations.Remove(old);
                }
            }
            resource.Annotations.Add(annotation);
            return this;
        }
    }

    private sealed class PassiveLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
