using RocketAspire.Hosting;

namespace RocketAspire.AppHost;

/// <summary>An order service of three parts: an API, a worker behind it and a notifier behind that, each with its counters at <c>/stats</c>.</summary>
internal static class OrderSample
{
    public static void Add(IResourceBuilder<RocketMQClusterResource> rocketmq, int firstPort)
    {
        var app = rocketmq.ApplicationBuilder;
        // What a broken broker left open is asked for soon, so that the counters meet again while one watches.
        rocketmq.WithBrokerSetting("transactionCheckInterval", "3000");
        var notifier = Wire(app.AddProject<Projects.OrderNotifier>("order-notifier"), rocketmq, firstPort + 2);
        var worker = Wire(app.AddProject<Projects.OrderWorker>("order-worker"), rocketmq, firstPort + 1);
        Wire(app.AddProject<Projects.OrderApi>("order-api"), rocketmq, firstPort)
            .WithReference(worker).WithReference(notifier)
            .WithEnvironment("Orders__PerSecond", app.Configuration["Orders:PerSecond"] ?? "10");
    }

    private static IResourceBuilder<ProjectResource> Wire(IResourceBuilder<ProjectResource> service, IResourceBuilder<RocketMQClusterResource> rocketmq, int port)
    {
        var name = service.Resource.Name;
        return service.WithReference(rocketmq).WaitFor(rocketmq)
            .WithHttpEndpoint(port, isProxied: false).WithHttpHealthCheck("/health")
            // With the messages: kept as long as they are.
            .WithEnvironment(context => context.EnvironmentVariables["Orders__Store"] = Path.Combine(rocketmq.Resource.DataPath, name));
    }
}
