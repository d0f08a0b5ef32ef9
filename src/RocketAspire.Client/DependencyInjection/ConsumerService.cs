using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RocketAspire.Client;

/// <summary>Runs a consumer for as long as its application runs. A cluster that isn't there yet is waited for; what is in work at the end is finished.</summary>
internal sealed class ConsumerService<THandler>(IServiceScopeFactory scopes, string name, Func<RocketMQConsumerOptions> options, ILogger<RocketMQConsumer> logger, TimeProvider time) : BackgroundService
    where THandler : class, IRocketMQMessageHandler
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private RocketMQConsumerOptions? _options;

    /// <exception cref="InvalidOperationException">A setting is missing or wrong: the application ends at its start.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _options = options();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wanted = _options!;
        try
        {
            var consumer = await JoinAsync(wanted, stoppingToken).ConfigureAwait(false);
            await using (consumer.ConfigureAwait(false))
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application stops; the consumer has been disposed of.
        }
    }

    private async Task<RocketMQConsumer> JoinAsync(RocketMQConsumerOptions wanted, CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await RocketMQConsumer.StartAsync(wanted, HandleAsync, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (Failures.IsCluster(e))
            {
                Log.JoinRetried(logger, wanted.Group, name, (long)pause.TotalMilliseconds, e.Message);
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<ConsumeResult> HandleAsync(RocketMQReceivedMessage message, CancellationToken cancellationToken)
    {
        var scope = scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            return await scope.ServiceProvider.GetRequiredService<THandler>().HandleAsync(message, cancellationToken).ConfigureAwait(false);
        }
    }
}
