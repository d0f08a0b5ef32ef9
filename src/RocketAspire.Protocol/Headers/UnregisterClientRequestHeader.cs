using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of UNREGISTER_CLIENT (35).</summary>
public sealed record UnregisterClientRequestHeader(string ClientId, string? ProducerGroup, string? ConsumerGroup)
    : IRequestHeader<UnregisterClientRequestHeader>
{
    public static UnregisterClientRequestHeader Read(ref HeaderReader reader) =>
        new(reader.Text("clientID"), reader.TextOrNull("producerGroup"), reader.TextOrNull("consumerGroup"));

    public ExtFields ToExtFields() => new()
    {
        { "clientID", ClientId },
        { "producerGroup", ProducerGroup },
        { "consumerGroup", ConsumerGroup },
    };
}
