using RocketAspire.Protocol.Messages;
using RocketAspire.Store;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests;

internal static class StoreReading
{
    /// <summary>The first queue's messages, once there is one.</summary>
    public static async Task<List<MessageRecord>> ReadAllAsync(this MessageStore store, string topic)
    {
        await Eventually.TrueAsync($"a message in {topic}", () => store.QueueBounds(topic, 0).Max > 0);
        return MessageRecordCodec.DecodeAll(store.ReadQueue(topic, 0, 0, 32, 1 << 20, null).Body);
    }
}
