using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Samples;

/// <summary>The topics that the services share. Each service makes those that it uses, so that none waits for another.</summary>
internal sealed class OrderTopics(RocketMQAdmin admin, IReadOnlyList<string> topics, TimeProvider time, ILogger<OrderTopics> logger) : IHostedService
{
    /// <summary>From the API to the worker, in order by customer.</summary>
    public const string Orders = "Orders";

    /// <summary>From the worker to the notifier, delayed.</summary>
    public const string Notices = "OrderNotices";

    private const int Queues = 4;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>The service starts when its topics are there.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var topic in topics)
        {
            while (!await TryMakeAsync(topic, cancellationToken)) await Task.Delay(Pause, time, cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<bool> TryMakeAsync(string topic, CancellationToken cancellationToken)
    {
        try
        {
            await admin.Topics.CreateOrUpdateAsync(new TopicConfig { TopicName = topic, ReadQueueNums = Queues, WriteQueueNums = Queues }, cancellationToken: cancellationToken);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.TopicNotMade(logger, topic, e.Message);
            return false;
        }
    }
}

internal static class OrderTopicsExtensions
{
    /// <summary>Before consumers are added: they would wait for a topic that isn't there.</summary>
    public static void AddOrderTopics(this IHostApplicationBuilder builder, params IReadOnlyList<string> topics)
    {
        builder.AddRocketMQAdmin("rocketmq");
        builder.Services.AddSingleton<IHostedService>(services => new OrderTopics(
            services.GetRequiredService<RocketMQAdmin>(), topics, TimeProvider.System, services.GetRequiredService<ILogger<OrderTopics>>()));
    }
}
