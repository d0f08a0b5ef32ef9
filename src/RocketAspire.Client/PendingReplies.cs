using System.Collections.Concurrent;

namespace RocketAspire.Client;

/// <summary>Requests of request-reply that wait for their replies, by correlation id.</summary>
internal sealed class PendingReplies(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<RocketMQReceivedMessage>> _waiting = new(StringComparer.Ordinal);

    public TaskCompletionSource<RocketMQReceivedMessage> Add(string correlationId) =>
        _waiting[correlationId] = new TaskCompletionSource<RocketMQReceivedMessage>(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Remove(string correlationId) => _waiting.TryRemove(correlationId, out _);

    /// <summary>False: nobody waits for it, or not any more.</summary>
    public bool Complete(string correlationId, RocketMQReceivedMessage reply) =>
        _waiting.TryRemove(correlationId, out var waiting) && waiting.TrySetResult(reply);

    public long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();
}
