namespace RocketAspire.Proxy;

/// <summary>Which of so many queues a message group belongs to: Guava's consistent hash, so that Apache's proxies and ours agree.</summary>
/// <remarks>Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", https://arxiv.org/abs/1406.2294, with Guava's generator.</remarks>
internal static class QueueHash
{
    public static int Pick(int hashCode, int buckets)
    {
        long state = hashCode;
        var candidate = 0;
        while (true)
        {
            state = unchecked((2862933555777941757L * state) + 1);
            var random = ((int)(state >>> 33) + 1) / (double)(1L << 31);
            // Java's cast saturates.
            var next = (candidate + 1) / random;
            if (next >= buckets) return candidate;
            candidate = (int)next;
        }
    }
}
