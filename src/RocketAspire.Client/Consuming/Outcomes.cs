using Microsoft.Extensions.Logging;

namespace RocketAspire.Client;

/// <summary>Any order: what failed goes back to its broker, and the queue goes on. What no broker takes back is tried again here.</summary>
internal sealed class ConcurrentOutcome(RocketMQConsumerOptions options, IOffsetStore offsets, SendBack sendBack, ConsumerCounters counters, TimeProvider time, ILogger logger) : IOutcome
{
    // Apache: 5 s.
    private static readonly TimeSpan AgainHere = TimeSpan.FromSeconds(5);

    public bool MayDeliver(ConsumerQueue queue) => true;

    public async ValueTask<bool> ApplyAsync(ConsumerQueue queue, List<RocketMQReceivedMessage> messages, ConsumeResult result, Exception? error, TimeSpan took, DeliveryPool pool)
    {
        counters.Consumed(messages[0].Topic, messages.Count, result.Action == ConsumeAction.Success, took);
        if (queue.IsDropped) return true;
        var done = messages;
        if (result.Action != ConsumeAction.Success)
        {
            if (options.MessageModel == MessageModel.Broadcasting) Log.BroadcastLost(logger, messages[0].MessageId, queue.Queue);
            else done = await GiveBackAsync(queue, messages, result, pool).ConfigureAwait(false);
        }

        queue.Finish(done, offsets);
        return true;
    }

    private async ValueTask<List<RocketMQReceivedMessage>> GiveBackAsync(ConsumerQueue queue, List<RocketMQReceivedMessage> messages, ConsumeResult result, DeliveryPool pool)
    {
        var done = new List<RocketMQReceivedMessage>(messages.Count);
        var left = new List<RocketMQReceivedMessage>();
        foreach (var message in messages)
        {
            var taken = await sendBack.TryAsync(message, result.DelayLevel, result.Action == ConsumeAction.DeadLetter).ConfigureAwait(false);
            if (taken) done.Add(message);
            else left.Add(message);
        }

        if (left.Count > 0) Later.Run(time, AgainHere, () => Again(queue, left, pool));
        return done;
    }

    private static void Again(ConsumerQueue queue, List<RocketMQReceivedMessage> messages, DeliveryPool pool)
    {
        foreach (var message in messages) message.ReconsumeTimes++;
        queue.Return(messages);
        pool.Offer(queue);
    }
}

/// <summary>In order: what failed is tried again before anything behind it, after a rest; what was tried often enough is a dead letter.</summary>
internal sealed class OrderlyOutcome(RocketMQConsumerOptions options, IOffsetStore offsets, QueueLocks? locks, SendBack sendBack, ConsumerCounters counters, TimeProvider time) : IOutcome
{
    public bool MayDeliver(ConsumerQueue queue) => locks is null || locks.IsHeld(queue);

    public async ValueTask<bool> ApplyAsync(ConsumerQueue queue, List<RocketMQReceivedMessage> messages, ConsumeResult result, Exception? error, TimeSpan took, DeliveryPool pool)
    {
        counters.Consumed(messages[0].Topic, messages.Count, result.Action == ConsumeAction.Success, took);
        // The lock stays until the handler has ended: its success counts though the queue is being given up.
        var done = messages;
        List<RocketMQReceivedMessage> again = [];
        if (result.Action != ConsumeAction.Success) (done, again) = await JudgeAsync(messages, result.Action == ConsumeAction.DeadLetter).ConfigureAwait(false);
        queue.Finish(done, offsets, evenIfDropped: MayDeliver(queue));
        if (again.Count == 0) return true;
        foreach (var message in again) message.ReconsumeTimes++;
        queue.IsResting = true;
        queue.Return(again);
        Later.Run(time, result.SuspendFor ?? options.SuspendTime, () =>
        {
            queue.IsResting = false;
            pool.Offer(queue);
        });
        return false;
    }

    private async ValueTask<(List<RocketMQReceivedMessage> Done, List<RocketMQReceivedMessage> Again)> JudgeAsync(List<RocketMQReceivedMessage> messages, bool deadLetter)
    {
        var done = new List<RocketMQReceivedMessage>();
        foreach (var message in messages)
        {
            var givenUp = deadLetter || message.ReconsumeTimes >= (options.MaxReconsumeTimes ?? int.MaxValue);
            if (options.MessageModel == MessageModel.Broadcasting ? deadLetter : givenUp && await sendBack.TryAsync(message, 0, deadLetter: true).ConfigureAwait(false)) done.Add(message);
        }

        return (done, done.Count == 0 ? messages : [.. messages.Except(done)]);
    }
}

/// <summary>Something small that is due a while from now.</summary>
internal static class Later
{
    public static void Run(TimeProvider time, TimeSpan after, Action action) => _ = RunAsync(time, after, action);

    private static async Task RunAsync(TimeProvider time, TimeSpan after, Action action)
    {
        await Task.Delay(after, time).ConfigureAwait(false);
        action();
    }
}
