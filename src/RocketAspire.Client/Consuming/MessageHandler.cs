using Microsoft.Extensions.Logging;

namespace RocketAspire.Client;

/// <summary>The application's handler, watched: an exception is an answer too.</summary>
internal sealed class MessageHandler(
    RocketMQClient client, RocketMQConsumerOptions options, string group, Func<IReadOnlyList<RocketMQReceivedMessage>, CancellationToken, ValueTask<ConsumeResult>> handle, ILogger logger)
{
    private readonly ObserverSet _observers = new(options);

    public async ValueTask<(ConsumeResult Result, Exception? Error)> CallAsync(IReadOnlyList<RocketMQReceivedMessage> messages, CancellationToken cancellationToken)
    {
        var observers = _observers.Now;
        var seen = observers.Count == 0 ? null : new DeliveryObservation(group, client.ClientId, messages, options.Orderly);
        var started = client.Time.GetTimestamp();
        foreach (var observer in observers) observer.BeforeDelivery(seen!);
        ConsumeResult result;
        Exception? error = null;
        try
        {
            result = await handle(messages, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.HandlerFailed(logger, messages[0].MessageId, messages[0].Queue, messages[0].ReconsumeTimes, e);
            (result, error) = (options.Orderly ? ConsumeResult.Suspend : ConsumeResult.RetryLater, e);
        }

        if (seen is not null) (seen.Result, seen.Error, seen.Took) = (result, error, client.Time.GetElapsedTime(started));
        foreach (var observer in observers) observer.AfterDelivery(seen!);
        return (result, error);
    }
}
