using System.Collections.Concurrent;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Client;

/// <summary>How consuming goes, by topic, since the start: for those who ask what a consumer is doing.</summary>
internal sealed class ConsumerCounters(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Topic> _topics = new(StringComparer.Ordinal);
    private readonly long _started = time.GetTimestamp();

    public void Pulled(string topic, int messages, TimeSpan took)
    {
        var counters = Of(topic);
        Interlocked.Add(ref counters.Messages, messages);
        Interlocked.Increment(ref counters.Pulls);
        Interlocked.Add(ref counters.PullTicks, took.Ticks);
    }

    public void Consumed(string topic, int messages, bool ok, TimeSpan took)
    {
        var counters = Of(topic);
        if (ok) Interlocked.Add(ref counters.Ok, messages);
        else Interlocked.Add(ref counters.Failed, messages);
        Interlocked.Add(ref counters.ConsumeTicks, took.Ticks);
    }

    /// <summary>Rates are means since the start; Apache's are those of the last minutes.</summary>
    public IReadOnlyDictionary<string, ConsumeStatus> Read()
    {
        var seconds = Math.Max(1, time.GetElapsedTime(_started).TotalSeconds);
        return _topics.ToDictionary(
            static pair => pair.Key,
            pair => new ConsumeStatus(
                PullRT: Mean(pair.Value.PullTicks, pair.Value.Pulls),
                PullTPS: pair.Value.Messages / seconds,
                ConsumeRT: Mean(pair.Value.ConsumeTicks, pair.Value.Ok + pair.Value.Failed),
                ConsumeOKTPS: pair.Value.Ok / seconds,
                ConsumeFailedTPS: pair.Value.Failed / seconds,
                ConsumeFailedMsgs: pair.Value.Failed),
            StringComparer.Ordinal);
    }

    private static double Mean(long ticks, long count) => count == 0 ? 0 : TimeSpan.FromTicks(ticks / count).TotalMilliseconds;

    private Topic Of(string topic) => _topics.GetOrAdd(topic, static _ => new Topic());

    private sealed class Topic
    {
        public long Messages;
        public long Pulls;
        public long PullTicks;
        public long Ok;
        public long Failed;
        public long ConsumeTicks;
    }
}
