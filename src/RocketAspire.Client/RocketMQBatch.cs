using System.Text;

namespace RocketAspire.Client;

/// <summary>Splits what is too much for one batch.</summary>
public static class RocketMQBatch
{
    /// <summary>Apache's advice for one batch; brokers refuse more than 4 MiB.</summary>
    public const int DefaultMaxBytes = 1024 * 1024;

    // Lengths, magic and CRC of each; then UNIQ_KEY, WAIT and INSTANCE_ID with their separators.
    private const int Overhead = 22 + 96;

    /// <summary>Batches in the order given, each at most that large on the wire and of one topic. A message that is larger by itself is a batch of its own.</summary>
    /// <param name="messages">Any number.</param>
    /// <param name="maxBytes">At least one.</param>
    public static IEnumerable<IReadOnlyList<RocketMQMessage>> Split(IEnumerable<RocketMQMessage> messages, int maxBytes = DefaultMaxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        return SplitCore(messages, maxBytes);
    }

    private static IEnumerable<IReadOnlyList<RocketMQMessage>> SplitCore(IEnumerable<RocketMQMessage> messages, int maxBytes)
    {
        var batch = new List<RocketMQMessage>();
        long bytes = 0;
        foreach (var message in messages)
        {
            var size = SizeOf(message);
            if (batch.Count > 0 && (bytes + size > maxBytes || batch[0].Topic != message.Topic || batch[0].WaitUntilStored != message.WaitUntilStored))
            {
                yield return batch;
                batch = [];
                bytes = 0;
            }

            batch.Add(message);
            bytes += size;
        }

        if (batch.Count > 0) yield return batch;
    }

    private static int SizeOf(RocketMQMessage message)
    {
        var size = Overhead + message.Body.Length;
        foreach (var (name, value) in message.Properties) size += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value) + 2;
        foreach (var key in message.Keys) size += Encoding.UTF8.GetByteCount(key) + 7;
        if (message.Tag is { } tag) size += Encoding.UTF8.GetByteCount(tag) + 6;
        if (message.ShardingKey is { } sharding) size += Encoding.UTF8.GetByteCount(sharding) + 15;
        return size;
    }
}
