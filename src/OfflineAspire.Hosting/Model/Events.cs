using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Aspire.Hosting.Eventing
{
    public interface IDistributedApplicationEvent;

    public interface IDistributedApplicationResourceEvent : IDistributedApplicationEvent
    {
        IResource Resource { get; }

        IServiceProvider Services { get; }

        ILogger Logger => Services.GetRequiredService<ResourceLoggerService>().GetLogger(Resource);
    }

    public enum EventDispatchBehavior
    {
        BlockingSequential = 0,
        BlockingConcurrent = 1,
        NonBlockingSequential = 2,
        NonBlockingConcurrent = 3,
    }

    public class DistributedApplicationEventSubscription
    {
        public DistributedApplicationEventSubscription(Func<IDistributedApplicationEvent, CancellationToken, Task> callback) => Callback = callback;

        public Func<IDistributedApplicationEvent, CancellationToken, Task> Callback { get; }
    }

    public class DistributedApplicationResourceEventSubscription : DistributedApplicationEventSubscription
    {
        public DistributedApplicationResourceEventSubscription(
            IResource? resource, Func<IDistributedApplicationResourceEvent, CancellationToken, Task> callback)
            : base((@event, ct) => callback((IDistributedApplicationResourceEvent)@event, ct)) => Resource = resource;

        public IResource? Resource { get; }
    }

    public interface IDistributedApplicationEventing
    {
        DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback) where T : IDistributedApplicationEvent;

        DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
            where T : IDistributedApplicationResourceEvent;

        void Unsubscribe(DistributedApplicationEventSubscription subscription);

        Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default) where T : IDistributedApplicationEvent;

        Task PublishAsync<T>(T @event, EventDispatchBehavior dispatchBehavior, CancellationToken cancellationToken = default)
            where T : IDistributedApplicationEvent;
    }

    public class DistributedApplicationEventing : IDistributedApplicationEventing
    {
        private readonly ConcurrentDictionary<Type, CopyOnWriteList<DistributedApplicationEventSubscription>> _subscriptions = new();
        private readonly Lock _gate = new();

        public DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback) where T : IDistributedApplicationEvent =>
            Add(typeof(T), new DistributedApplicationEventSubscription((@event, ct) => callback((T)@event, ct)));

        public DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
            where T : IDistributedApplicationResourceEvent =>
            Add(typeof(T), new DistributedApplicationResourceEventSubscription(resource, (@event, ct) =>
                ReferenceEquals(@event.Resource, resource) ? callback((T)@event, ct) : Task.CompletedTask));

        public void Unsubscribe(DistributedApplicationEventSubscription subscription)
        {
            lock (_gate)
            {
                foreach (CopyOnWriteList<DistributedApplicationEventSubscription> list in _subscriptions.Values)
                {
                    list.Remove(subscription);
                }
            }
        }

        public Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default) where T : IDistributedApplicationEvent =>
            PublishAsync(@event, EventDispatchBehavior.BlockingSequential, cancellationToken);

        public Task PublishAsync<T>(T @event, EventDispatchBehavior dispatchBehavior, CancellationToken cancellationToken = default)
            where T : IDistributedApplicationEvent
        {
            if (!_subscriptions.TryGetValue(typeof(T), out CopyOnWriteList<DistributedApplicationEventSubscription>? list))
            {
                return Task.CompletedTask;
            }
            switch (dispatchBehavior)
            {
                case EventDispatchBehavior.BlockingConcurrent:
                    return ConcurrentlyAsync(list, @event, cancellationToken);
                case EventDispatchBehavior.NonBlockingConcurrent:
                    _ = Task.Run(() => ConcurrentlyAsync(list, @event, cancellationToken), cancellationToken);
                    return Task.CompletedTask;
                case EventDispatchBehavior.NonBlockingSequential:
                    _ = Task.Run(() => SequentiallyAsync(list, @event, cancellationToken), cancellationToken);
                    return Task.CompletedTask;
                default:
                    return SequentiallyAsync(list, @event, cancellationToken);
            }
        }

        private static async Task SequentiallyAsync<T>(
            CopyOnWriteList<DistributedApplicationEventSubscription> list, T @event, CancellationToken cancellationToken)
            where T : IDistributedApplicationEvent
        {
            foreach (DistributedApplicationEventSubscription subscription in list)
            {
                await subscription.Callback(@event, cancellationToken).ConfigureAwait(false);
            }
        }

        private static Task ConcurrentlyAsync<T>(
            CopyOnWriteList<DistributedApplicationEventSubscription> list, T @event, CancellationToken cancellationToken)
            where T : IDistributedApplicationEvent => Task.WhenAll(list.Select(s => s.Callback(@event, cancellationToken)));

        private DistributedApplicationEventSubscription Add(Type type, DistributedApplicationEventSubscription subscription)
        {
            lock (_gate)
            {
                _subscriptions.GetOrAdd(type, static _ => new()).Add(subscription);
            }
            return subscription;
        }
    }
}

namespace Aspire.Hosting.ApplicationModel
{
    using Aspire.Hosting.Eventing;

    public class BeforeStartEvent(IServiceProvider services, DistributedApplicationModel model) : IDistributedApplicationEvent
    {
        public IServiceProvider Services { get; } = services;

        public DistributedApplicationModel Model { get; } = model;
    }

    public class AfterResourcesCreatedEvent(IServiceProvider services, DistributedApplicationModel model) : IDistributedApplicationEvent
    {
        public IServiceProvider Services { get; } = services;

        public DistributedApplicationModel Model { get; } = model;
    }

    public class InitializeResourceEvent : IDistributedApplicationResourceEvent
    {
        public InitializeResourceEvent(IResource resource, IDistributedApplicationEventing distributedApplicationEventing,
            ResourceLoggerService resourceLoggerService, ResourceNotificationService resourceNotificationService, IServiceProvider services)
        {
            Resource = resource;
            Eventing = distributedApplicationEventing;
            Logger = resourceLoggerService.GetLogger(resource);
            Notifications = resourceNotificationService;
            Services = services;
        }

        public IResource Resource { get; }

        public IDistributedApplicationEventing Eventing { get; }

        public ILogger Logger { get; }

        public ResourceNotificationService Notifications { get; }

        public IServiceProvider Services { get; }
    }

    public class ResourceEndpointsAllocatedEvent(IResource resource, IServiceProvider services) : IDistributedApplicationResourceEvent
    {
        public IResource Resource { get; } = resource;

        public IServiceProvider Services { get; } = services;
    }

    public class ConnectionStringAvailableEvent(IResource resource, IServiceProvider services) : IDistributedApplicationResourceEvent
    {
        public IResource Resource { get; } = resource;

        public IServiceProvider Services { get; } = services;
    }

    public class BeforeResourceStartedEvent(IResource resource, IServiceProvider services) : IDistributedApplicationResourceEvent
    {
        public IResource Resource { get; } = resource;

        public IServiceProvider Services { get; } = services;
    }

    public class ResourceReadyEvent(IResource resource, IServiceProvider services) : IDistributedApplicationResourceEvent
    {
        public IResource Resource { get; } = resource;

        public IServiceProvider Services { get; } = services;
    }

    public class ResourceStoppedEvent(IResource resource, IServiceProvider services, ResourceEvent resourceEvent) : IDistributedApplicationResourceEvent
    {
        public IResource Resource { get; } = resource;

        public IServiceProvider Services { get; } = services;

        public ResourceEvent ResourceEvent { get; } = resourceEvent;
    }
}

namespace Aspire.Hosting.Lifecycle
{
    using Aspire.Hosting.Eventing;

    public interface IDistributedApplicationEventingSubscriber
    {
        Task SubscribeAsync(IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken);
    }

    public static class EventingSubscriberServiceCollectionExtensions
    {
        public static void AddEventingSubscriber<T>(this IServiceCollection services) where T : class, IDistributedApplicationEventingSubscriber =>
            services.AddSingleton<IDistributedApplicationEventingSubscriber, T>();

        public static void TryAddEventingSubscriber<T>(this IServiceCollection services) where T : class, IDistributedApplicationEventingSubscriber =>
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IDistributedApplicationEventingSubscriber, T>());
    }
}
