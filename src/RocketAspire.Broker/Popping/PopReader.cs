using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Looks for a pop's messages in one queue after the other, and hands them out.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/processor/PopMessageProcessor.java</remarks>
internal sealed class PopReader(
    PopLedger ledger, OrderInfoTable orders, PopPositions positions, MessageStore store, TopicConfigTable topics, BrokerConfiguration configuration, BrokerAddress address, TimeProvider time)
{
    // A filter that refuses nearly all is followed so many reads far at once; the rest is looked at when the pop is woken again.
    private const int MaxReads = 64;

    private int _popped;

    public PopBatch Pop(PopMessageRequestHeader header, TopicConfig topic, IQueueFilter? filter)
    {
        var options = configuration.Current;
        var reviveQid = header.Order ? PopReceipt.OrderReviveQid : (Interlocked.Increment(ref _popped) & int.MaxValue) % options.Pop.ReviveQueueNum;
        var batch = new PopBatch(Math.Max(1, header.MaxMsgNums), options.MaxTransferBytes, time.GetUtcNow().ToUnixTimeMilliseconds(), reviveQid);
        var random = Random.Shared.Next(100);
        var retryFirst = random < options.Pop.PopFromRetryProbability;
        if (retryFirst && !header.Order) PopRetries(header, batch, random);
        if (header.QueueId < 0) PopTopic(header, topic, filter, batch, random);
        else PopQueue(header, topic.TopicName, header.QueueId, filter, batch);
        if (!retryFirst && !header.Order && !batch.IsFull) PopRetries(header, batch, random);
        return batch;
    }

    /// <summary>Whether a queue that the pop looked at got longer since.</summary>
    public bool HasMore(PopMessageRequestHeader header, TopicConfig topic, PopBatch batch)
    {
        long ends = 0;
        if (header.QueueId >= 0) ends = EndOf(topic.TopicName, header.QueueId);
        else for (var queueId = 0; queueId < topic.ReadQueueNums; queueId++) ends += EndOf(topic.TopicName, queueId);
        if (!header.Order)
        {
            foreach (var retry in RetryTopics(header.Topic, header.ConsumerGroup, configuration.Current.Pop))
            {
                for (var queueId = 0; queueId < (topics.Find(retry)?.ReadQueueNums ?? 0); queueId++) ends += EndOf(retry, queueId);
            }
        }

        return ends > batch.SeenEnds;
    }

    /// <summary>Where the group's messages go that were not acknowledged; the one for new messages comes first.</summary>
    public static string[] RetryTopics(string topic, string group, PopOptions options)
    {
        var current = PopTopics.Retry(topic, group, options.EnableRetryTopicV2);
        return options is { EnableRetryTopicV2: true, RetrieveMessageFromPopRetryTopicV1: true } ? [current, PopTopics.Retry(topic, group, v2: false)] : [current];
    }

    private void PopRetries(PopMessageRequestHeader header, PopBatch batch, int random)
    {
        // The answer's texts know one kind of retry topic a queue number: only one of the two is taken from in one pop.
        var retries = RetryTopics(header.Topic, header.ConsumerGroup, configuration.Current.Pop);
        var before = batch.Count;
        for (var i = 0; i < retries.Length; i++)
        {
            if (topics.Find(retries[(random + i) % retries.Length]) is not { } retry) continue;
            if (batch.Count == before) PopTopic(header, retry, filter: null, batch, random);
            else for (var queueId = 0; queueId < retry.ReadQueueNums; queueId++) Pass(retry.TopicName, queueId, header, batch);
        }
    }

    private void PopTopic(PopMessageRequestHeader header, TopicConfig topic, IQueueFilter? filter, PopBatch batch, int random)
    {
        for (var i = 0; i < topic.ReadQueueNums; i++) PopQueue(header, topic.TopicName, (random + i) % topic.ReadQueueNums, filter, batch);
    }

    private void PopQueue(PopMessageRequestHeader header, string topic, int queueId, IQueueFilter? filter, PopBatch batch)
    {
        if (batch.IsFull) Pass(topic, queueId, header, batch);
        else if (header.Order) PopOrdered(header, topic, queueId, filter, batch);
        else PopAny(header, topic, queueId, filter, batch);
    }

    private void PopAny(PopMessageRequestHeader header, string topic, int queueId, IQueueFilter? filter, PopBatch batch)
    {
        var options = configuration.Current.Pop;
        var queue = ledger.Queue(topic, header.ConsumerGroup, queueId);
        lock (queue.Gate)
        {
            var at = positions.OfPop(queue, header.InitMode);
            if (options.EnablePopMessageThreshold && queue.InFlight > options.PopInflightMessageThreshold)
            {
                Look(topic, queueId, at, batch);
                return;
            }

            var read = Read(topic, queueId, at, filter, batch, corrected => ledger.Begin(queue, corrected), passed => ledger.Skip(queue, passed), out var start);
            if (read.Count > 0)
            {
                var offsets = OffsetsOf(read.Body);
                if (!ledger.TryHandOut(queue, start, offsets, batch.PopTime, header.InvisibleTime, read.NextBeginOffset))
                {
                    batch.Rest += read.Count;
                    return;
                }

                batch.Add(topic, queueId, start, offsets, ToBody(header, topic, start, batch, read.Body));
            }

            batch.Rest += Math.Max(0, read.MaxOffset - read.NextBeginOffset);
            batch.SeenEnds += read.MaxOffset;
        }
    }

    private void PopOrdered(PopMessageRequestHeader header, string topic, int queueId, IQueueFilter? filter, PopBatch batch)
    {
        var queue = ledger.Queue(topic, header.ConsumerGroup, queueId);
        lock (queue.Gate)
        {
            var at = positions.OfOrder(header.ConsumerGroup, topic, queueId, header.InitMode);
            // What waits behind messages in hand doesn't count as left, or waiting pops would be woken for nothing.
            if (orders.Blocks(header.AttemptId, topic, header.ConsumerGroup, queueId, batch.PopTime))
            {
                batch.SeenEnds += EndOf(topic, queueId);
                return;
            }

            void Commit(long offset) => positions.Commit(header.ConsumerGroup, topic, queueId, offset);
            var read = Read(topic, queueId, at, filter, batch, Commit, Commit, out var start);
            if (read.Count > 0)
            {
                var offsets = OffsetsOf(read.Body);
                orders.Take(header.AttemptId, topic, header.ConsumerGroup, queueId, batch.PopTime, header.InvisibleTime, offsets, batch.OrderCounts);
                Commit(start);
                batch.Add(topic, queueId, start, offsets, read.Body);
            }

            batch.Rest += Math.Max(0, read.MaxOffset - read.NextBeginOffset);
            batch.SeenEnds += read.MaxOffset;
        }
    }

    /// <summary>Reads on until something suits or the queue ends.</summary>
    private QueueReadResult Read(string topic, int queueId, long at, IQueueFilter? filter, PopBatch batch, Action<long> correct, Action<long> pass, out long start)
    {
        for (var reads = 1; ; reads++)
        {
            start = at;
            var read = store.ReadQueue(topic, queueId, at, batch.RoomForMessages, batch.RoomForBytes, filter);
            if (read.Count > 0 || reads >= MaxReads) return read;
            switch (read.Status)
            {
                case QueueReadStatus.OffsetTooSmall or QueueReadStatus.OffsetOverflowBadly or QueueReadStatus.OffsetFoundNull when read.NextBeginOffset != at:
                    correct(read.NextBeginOffset);
                    break;
                case QueueReadStatus.NoMatchedMessage or QueueReadStatus.MessageWasRemoving when read.NextBeginOffset > at:
                    pass(read.NextBeginOffset);
                    break;
                default:
                    return read;
            }

            at = read.NextBeginOffset;
        }
    }

    private void Pass(string topic, int queueId, PopMessageRequestHeader header, PopBatch batch)
    {
        if (header.Order)
        {
            Look(topic, queueId, positions.OfOrder(header.ConsumerGroup, topic, queueId, header.InitMode), batch);
            return;
        }

        var queue = ledger.Queue(topic, header.ConsumerGroup, queueId);
        lock (queue.Gate) Look(topic, queueId, positions.OfPop(queue, header.InitMode), batch);
    }

    private void Look(string topic, int queueId, long at, PopBatch batch)
    {
        var end = EndOf(topic, queueId);
        batch.Rest += Math.Max(0, end - at);
        batch.SeenEnds += end;
    }

    private long EndOf(string topic, int queueId) => store.QueueBounds(topic, queueId).Max;

    private static long[] OffsetsOf(ReadOnlyMemory<byte> body)
    {
        var offsets = new List<long>();
        for (var rest = body.Span; MessageRecordView.Read(rest, rest.Length, out var size, out var view) == RecordStatus.Ok; rest = rest[size..]) offsets.Add(view.QueueOffset);
        return [.. offsets];
    }

    /// <summary>Consumers know messages from a retry topic by the normal topic's name; the receipt then tells where they stand.</summary>
    private ReadOnlyMemory<byte> ToBody(PopMessageRequestHeader header, string topic, long start, PopBatch batch, ReadOnlyMemory<byte> body)
    {
        if (!PopTopics.IsRetry(topic) || topic == header.Topic || configuration.Current.Pop.PopResponseReturnActualRetryTopic) return body;
        var records = MessageRecordCodec.DecodeAll(body).ConvertAll(record => Renamed(record, header, topic, start, batch));
        var encoded = new byte[records.Sum(MessageRecordCodec.Measure)];
        var at = 0;
        foreach (var record in records) at += MessageRecordCodec.Encode(record, encoded.AsSpan(at));
        return encoded;
    }

    private MessageRecord Renamed(MessageRecord record, PopMessageRequestHeader header, string topic, long start, PopBatch batch)
    {
        var receipt = new PopReceipt(start, batch.PopTime, header.InvisibleTime, batch.ReviveQid, PopInfo.RetryMark(topic), address.BrokerName, record.QueueId, record.QueueOffset);
        var renamed = record.Copy(header.Topic, record.QueueId, MessageProperties.With(record.Properties.Span, MessageProperties.PopCheckPoint, receipt.ToString()));
        renamed.QueueOffset = record.QueueOffset;
        renamed.PhysicalOffset = record.PhysicalOffset;
        renamed.StoreTimestamp = record.StoreTimestamp;
        return renamed;
    }
}
