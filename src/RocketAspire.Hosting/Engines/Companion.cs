using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace RocketAspire.Hosting.Engines;

/// <summary>What runs beside a cluster and isn't needed by it.</summary>
internal static class Companion
{
    /// <summary>
    /// Starts it once, when the cluster is ready for the first time: before, it would take the processor from those that are waited for. Not by
    /// WaitFor, since an application's start ends only when all that waits has started, and a cluster may never get ready.
    /// </summary>
    public static IResourceBuilder<T> StartAfter<T>(this IResourceBuilder<T> companion, RocketMQClusterResource cluster)
        where T : IResource
    {
        var resource = companion.Resource;
        var app = companion.ApplicationBuilder;
        var wasStarted = 0;
        app.Eventing.Subscribe<ResourceReadyEvent>(cluster, (e, cancellationToken) =>
        {
            // A plan that was changed since has another in its place.
            if (!app.Resources.Contains(resource) || Interlocked.Exchange(ref wasStarted, 1) != 0) return Task.CompletedTask;
            _ = Task.Run(() => e.Services.GetRequiredService<ResourceCommandService>().ExecuteCommandAsync(resource, KnownResourceCommands.StartCommand, cancellationToken), cancellationToken);
            return Task.CompletedTask;
        });
        return companion.WithExplicitStart();
    }
}
