using System.Runtime.CompilerServices;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>Reads a topic in batches of about a mebibyte, so that a scan of large messages holds few of them.</summary>
internal sealed class TopicScanner(AdminCalls calls, TopicAdmin topics, MessagePuller puller)
{
    private const int MostMessages = 32;
    private const long BatchBytes = 1024 * 1024;

    public async IAsyncEnumerable<MessageRecord> ScanAsync(TopicScan scan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var queues = await PlanAsync(scan, cancellationToken).ConfigureAwait(false);
        var total = queues.Sum(static queue => queue.End - queue.Begin);
        void Tell() => scan.Progress?.Invoke(new ScanProgress(total - queues.Sum(static queue => queue.Left), total));
        Tell();
        var from = scan.From?.ToUnixTimeMilliseconds() ?? long.MinValue;
        var to = scan.To?.ToUnixTimeMilliseconds() ?? long.MaxValue;
        var messages = scan.NewestFirst ? BackwardsAsync(queues, Tell, cancellationToken) : ForwardsAsync(queues, Tell, cancellationToken);
        await foreach (var message in messages.ConfigureAwait(false))
        {
            // Brokers find a place by time to the nearest message only.
            if (message.StoreTimestamp >= from && message.StoreTimestamp <= to) yield return message;
        }
    }

    private async Task<List<QueueScan>> PlanAsync(TopicScan scan, CancellationToken cancellationToken)
    {
        var addresses = (await calls.HoldersAsync(scan.Topic, cancellationToken).ConfigureAwait(false)).ToDictionary(static node => node.BrokerName, static node => node.Address, StringComparer.Ordinal);
        var status = await topics.GetStatusAsync(scan.Topic, cancellationToken).ConfigureAwait(false);
        var plans = await Task.WhenAll(status.Where(queue => addresses.ContainsKey(queue.Key.BrokerName) && queue.Value.MaxOffset > queue.Value.MinOffset).Select(async queue =>
        {
            var address = addresses[queue.Key.BrokerName];
            var (min, max) = (queue.Value.MinOffset, queue.Value.MaxOffset);
            var begin = scan.From is { } from ? await topics.SearchOffsetAsync(address, scan.Topic, queue.Key.QueueId, from, cancellationToken).ConfigureAwait(false) : min;
            // One more, since the place found may be that of the last message and not the one behind it.
            var end = scan.To is { } to ? await topics.SearchOffsetAsync(address, scan.Topic, queue.Key.QueueId, to.AddMilliseconds(1), cancellationToken).ConfigureAwait(false) + 1 : max;
            return new QueueScan(address, scan.Topic, queue.Key.QueueId, Math.Clamp(begin, min, max), Math.Clamp(end, min, max));
        })).ConfigureAwait(false);
        return [.. plans.Where(static queue => queue.Left > 0)];
    }

    private async IAsyncEnumerable<MessageRecord> ForwardsAsync(List<QueueScan> queues, Action tell, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var queue in queues)
        {
            while (queue.Left > 0)
            {
                var pulled = await puller.PullAsync(queue.Address, queue.Topic, queue.QueueId, queue.From, queue.Batch, cancellationToken: cancellationToken).ConfigureAwait(false);
                var messages = pulled.Messages.Where(message => message.QueueOffset < queue.To).ToList();
                queue.Learn(messages);
                queue.From = pulled.NextBeginOffset > queue.From ? pulled.NextBeginOffset : queue.To;
                tell();
                foreach (var message in messages) yield return message;
            }
        }
    }

    private async IAsyncEnumerable<MessageRecord> BackwardsAsync(List<QueueScan> queues, Action tell, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var heads = new PriorityQueue<(QueueScan Queue, MessageRecord Message), long>();
        foreach (var queue in queues) await RefillAsync(queue).ConfigureAwait(false);
        while (heads.TryDequeue(out var head, out _))
        {
            yield return head.Message;
            await RefillAsync(head.Queue).ConfigureAwait(false);
        }

        async Task RefillAsync(QueueScan queue)
        {
            while (queue.Read.Count == 0 && queue.Left > 0)
            {
                await ReadBackwardsAsync(queue, cancellationToken).ConfigureAwait(false);
                tell();
            }

            if (queue.Read.TryPop(out var newest)) heads.Enqueue((queue, newest), -newest.StoreTimestamp);
        }
    }

    /// <summary>Takes the last batch off what is left.</summary>
    private async Task ReadBackwardsAsync(QueueScan queue, CancellationToken cancellationToken)
    {
        var end = queue.To;
        var start = Math.Max(queue.From, end - queue.Batch);
        var messages = new List<MessageRecord>();
        for (var at = start; at < end;)
        {
            // A broker answers with fewer than asked for when they are large.
            var pulled = await puller.PullAsync(queue.Address, queue.Topic, queue.QueueId, at, (int)(end - at), cancellationToken: cancellationToken).ConfigureAwait(false);
            messages.AddRange(pulled.Messages.Where(message => message.QueueOffset < end));
            if (pulled.NextBeginOffset <= at) break;
            at = pulled.NextBeginOffset;
        }

        queue.Learn(messages);
        queue.To = start;
        foreach (var message in messages) queue.Read.Push(message);
    }

    /// <summary>What is left to read of one queue, and what was read and not handed on.</summary>
    private sealed class QueueScan(string address, string topic, int queueId, long begin, long end)
    {
        public string Address { get; } = address;

        public string Topic { get; } = topic;

        public int QueueId { get; } = queueId;

        public long Begin { get; } = begin;

        public long End { get; } = end;

        public long From { get; set; } = begin;

        public long To { get; set; } = end;

        public long Left => Math.Max(0, To - From);

        /// <summary>At first one: nobody knows yet how large they are.</summary>
        public int Batch { get; private set; } = 1;

        /// <summary>The newest on top.</summary>
        public Stack<MessageRecord> Read { get; } = [];

        public void Learn(List<MessageRecord> messages)
        {
            var size = messages.Count == 0 ? 1 : Math.Max(1, messages.Sum(static message => (long)message.TotalSize) / messages.Count);
            Batch = (int)Math.Clamp(BatchBytes / size, 1, MostMessages);
        }
    }
}
