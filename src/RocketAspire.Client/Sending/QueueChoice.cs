using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>Which queue the next attempt of a send goes to.</summary>
internal abstract class QueueChoice
{
    /// <summary>Null: the topic has no queue that could be written.</summary>
    /// <param name="queues">The topic's queues as they are known now.</param>
    /// <param name="tried">Brokers that failed this send already.</param>
    /// <param name="faults">Brokers that are better passed over.</param>
    public abstract MessageQueue? Pick(TopicQueues queues, IReadOnlyList<SendAttempt> tried, LatencyFaults faults);

    /// <summary>All queues in turn, at brokers that work.</summary>
    public static QueueChoice InTurn { get; } = new TurnChoice();

    /// <summary>The key's queue, whatever becomes of its broker.</summary>
    public static QueueChoice ByKey(string key) => new KeyChoice(key);

    public static QueueChoice Of(MessageQueue queue) => new FixedChoice(queue);

    /// <summary>A queue of that broker, or of any when it has none or has failed.</summary>
    public static QueueChoice Near(string brokerName) => new NearChoice(brokerName);

    private sealed class TurnChoice : QueueChoice
    {
        public override MessageQueue? Pick(TopicQueues queues, IReadOnlyList<SendAttempt> tried, LatencyFaults faults)
        {
            var writable = queues.Writable;
            if (writable.Length == 0) return null;
            var first = queues.NextIndex();
            MessageQueue? untried = null;
            for (var i = 0; i < writable.Length; i++)
            {
                var queue = writable[(first + i) % writable.Length];
                if (Contains(tried, queue.BrokerName)) continue;
                if (faults.IsAvailable(queue.BrokerName)) return queue;
                untried ??= queue;
            }

            return untried ?? writable[first % writable.Length];
        }
    }

    private sealed class KeyChoice(string key) : QueueChoice
    {
        private readonly int _hash = JavaString.HashCode(key);

        public override MessageQueue? Pick(TopicQueues queues, IReadOnlyList<SendAttempt> tried, LatencyFaults faults) =>
            queues.Writable.Length == 0 ? null : queues.Writable[(int)(Math.Abs((long)_hash) % queues.Writable.Length)];
    }

    private sealed class FixedChoice(MessageQueue queue) : QueueChoice
    {
        public override MessageQueue? Pick(TopicQueues queues, IReadOnlyList<SendAttempt> tried, LatencyFaults faults) => queue;
    }

    private sealed class NearChoice(string brokerName) : QueueChoice
    {
        public override MessageQueue? Pick(TopicQueues queues, IReadOnlyList<SendAttempt> tried, LatencyFaults faults) =>
            Contains(tried, brokerName) ? InTurn.Pick(queues, tried, faults)
            : Array.Find(queues.Writable, queue => queue.BrokerName == brokerName) ?? InTurn.Pick(queues, tried, faults);
    }

    private static bool Contains(IReadOnlyList<SendAttempt> tried, string brokerName)
    {
        for (var i = 0; i < tried.Count; i++)
        {
            if (tried[i].BrokerName == brokerName) return true;
        }

        return false;
    }
}
