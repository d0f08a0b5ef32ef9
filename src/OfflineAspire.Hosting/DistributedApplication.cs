using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OfflineAspire;

namespace Aspire.Hosting;

public enum DistributedApplicationOperation
{
    Run = 0,
    Publish = 1,
}

public class DistributedApplicationExecutionContextOptions
{
    public DistributedApplicationExecutionContextOptions(DistributedApplicationOperation operation) => Operation = operation;

    public DistributedApplicationExecutionContextOptions(DistributedApplicationOperation operation, string publisherName)
        : this(operation) => PublisherName = publisherName;

    public IServiceProvider? Services { get; set; }

    public DistributedApplicationOperation Operation { get; }

    public string? PublisherName { get; }
}

public class DistributedApplicationExecutionContext
{
    public DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
        : this(new DistributedApplicationExecutionContextOptions(operation)) { }

    public DistributedApplicationExecutionContext(DistributedApplicationOperation operation, string publisherName)
        : this(new DistributedApplicationExecutionContextOptions(operation, publisherName)) { }

    public DistributedApplicationExecutionContext(DistributedApplicationExecutionContextOptions options)
    {
        Options = options;
        PublisherName = options.PublisherName ?? "manifest";
    }

    public string PublisherName { get; set; }

    public DistributedApplicationOperation Operation => Options.Operation;

    public IServiceProvider Services => Options.Services
        ?? throw new InvalidOperationException("The services are not available before the application is built.");

    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;

    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;

    internal DistributedApplicationExecutionContextOptions Options { get; }
}

public class DistributedApplicationException : Exception
{
    public DistributedApplicationException() { }

    public DistributedApplicationException(string message) : base(message) { }

    public DistributedApplicationException(string message, Exception inner) : base(message, inner) { }
}

public class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost _host;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // 1 once disposed: running an application ends with its disposal, and `await using` asks for a second one.
    private int _isDisposed;

    public DistributedApplication(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    // A test holds this application while its AppHost's entry point believes to run it.
    private bool IsCalledByIntercepted => BuilderInterception.Current?.Built == this;

    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(args);

    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) => new DistributedApplicationBuilder(options);

    public virtual void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (!IsCalledByIntercepted && Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await Services.GetRequiredService<Orchestrator>().StopAsync(CancellationToken.None).ConfigureAwait(false);
            await ((IAsyncDisposable)_host).DisposeAsync().ConfigureAwait(false);
        }
        GC.SuppressFinalize(this);
    }

    public virtual async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (IsCalledByIntercepted)
        {
            await _started.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return;
        }
        await _host.StartAsync(cancellationToken).ConfigureAwait(false);
        _started.TrySetResult();
    }

    public virtual async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (!IsCalledByIntercepted)
        {
            await _host.StopAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public virtual async Task RunAsync(CancellationToken cancellationToken = default)
    {
        var lifetime = Services.GetRequiredService<IHostApplicationLifetime>();
        if (IsCalledByIntercepted)
        {
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using CancellationTokenRegistration registration = lifetime.ApplicationStopping.Register(() => stopped.TrySetResult());
            await stopped.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return;
        }
        using (Signals.Watch(this))
        {
            await StartAndWaitAsync(lifetime, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Run() => RunAsync().GetAwaiter().GetResult();

    private async Task StartAndWaitAsync(IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        try
        {
            await StartAsync(cancellationToken).ConfigureAwait(false);
            if (Services.GetRequiredService<DistributedApplicationExecutionContext>().IsPublishMode)
            {
                lifetime.StopApplication();
            }
            await _host.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Stopped while starting: what has been started is stopped by the disposal.
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }
}
