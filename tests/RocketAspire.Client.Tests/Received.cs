using System.Collections.Concurrent;
using System.Text;
using RocketAspire.TestSupport;

namespace RocketAspire.Client.Tests;

/// <summary>What a handler has got, in order of arrival.</summary>
internal sealed class Received
{
    private readonly ConcurrentQueue<RocketMQReceivedMessage> _messages = [];

    public IReadOnlyCollection<RocketMQReceivedMessage> Messages => _messages;

    public int Count => _messages.Count;

    public List<string> Texts => [.. _messages.Select(Text)];

    public static string Text(RocketMQReceivedMessage message) => Encoding.UTF8.GetString(message.Body.Span);

    public ConsumeResult Add(RocketMQReceivedMessage message)
    {
        _messages.Enqueue(message);
        return ConsumeResult.Success;
    }

    public ValueTask<ConsumeResult> HandleAsync(RocketMQReceivedMessage message, CancellationToken cancellationToken) => new(Add(message));

    public Task HasAsync(int count) => Eventually.TrueAsync($"{count} messages, not {Count}", () => Count >= count, TimeSpan.FromSeconds(40));
}
