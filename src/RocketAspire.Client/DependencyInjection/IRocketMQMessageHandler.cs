namespace RocketAspire.Client;

/// <summary>Consumes messages of a consumer that <c>AddRocketMQConsumer</c> added. Made anew for each message, in a scope of its own.</summary>
public interface IRocketMQMessageHandler
{
    /// <summary>Consumes one message. An exception means: again later.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">The handler takes too long, or the application can't wait any longer.</param>
    ValueTask<ConsumeResult> HandleAsync(RocketMQReceivedMessage message, CancellationToken cancellationToken);
}
