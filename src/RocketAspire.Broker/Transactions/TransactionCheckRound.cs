using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Looks through the half queue once: passes what is ended, asks producers about what is open for too long, gives up what was asked about too often.</summary>
/// <remarks>
/// Numbers and order of the decisions are those of
/// https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/transaction/queue/TransactionalMessageServiceImpl.java.
/// Three differences: a copy names its origin, so that an end which crosses with the copying counts; waiting out an immunity isn't
/// counted as a check; and what can't be moved to the topic of given up messages stays.
/// </remarks>
internal sealed class TransactionCheckRound(
    MessageStore store, MessageWriter writer, ReplicatedTables tables, TransactionTable transactions, ProducerCheck producers,
    BrokerConfiguration configuration, TimeProvider time, ILogger logger)
{
    private const int ReadCount = 32;
    private const int ReadBytes = 4 * 1024 * 1024;
    private const int DiscardQueueNums = 1;
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(60);

    // The offset table is saved while it changes. An op offset is told one round late, so that no saved pair of offsets has
    // marks behind it whose half messages lie before it: those would look open.
    private long _settledOp = -1;

    private enum Outcome
    {
        Done,
        Later,
    }

    /// <summary>
    /// To be called before the first half message comes: after a loss of power the saved offsets may lie behind the log's end,
    /// and what is stored at their places from now on would be taken for looked at.
    /// </summary>
    public void Prepare()
    {
        foreach (var topic in (ReadOnlySpan<string>)[TopicNames.TransHalf, TopicNames.TransOpHalf])
        {
            var end = store.QueueBounds(topic, HalfMessages.QueueId).Max;
            if (tables.ConsumerOffsets.Query(HalfMessages.Group, topic, HalfMessages.QueueId) > end) Commit(topic, end);
        }
    }

    public void Run(CancellationToken cancellationToken)
    {
        if (store.QueueBounds(TopicNames.TransHalf, HalfMessages.QueueId).Max == 0) return;
        var startedAt = Now();
        var started = time.GetTimestamp();
        var from = Position(TopicNames.TransHalf);
        var isNew = !transactions.IsLoaded(store.Terms.Last);
        if (isNew) Load(from);
        ReadMarks();
        var half = from;
        while (!cancellationToken.IsCancellationRequested && time.GetElapsedTime(started) < LongestRound)
        {
            var read = Read(TopicNames.TransHalf, half);
            if (read.Status != QueueReadStatus.Found)
            {
                if (read.NextBeginOffset <= half) break;
                half = read.NextBeginOffset;
                continue;
            }

            var before = half;
            foreach (var record in MessageRecordCodec.DecodeAll(read.Body))
            {
                if (Consider(record, startedAt) == Outcome.Later) break;
                half = record.QueueOffset + 1;
            }

            if (half == before) break;
        }

        if (half != from) Commit(TopicNames.TransHalf, half);
        if (_settledOp >= 0 && !isNew) Commit(TopicNames.TransOpHalf, _settledOp);
        _settledOp = transactions.Settle(half);
    }

    private Outcome Consider(MessageRecord half, long startedAt)
    {
        var options = configuration.Current;
        var origin = HalfMessages.OriginOf(half);
        if (transactions.IsEnded(half.QueueOffset, origin)) return Pass(half, origin);
        var asked = (int)Math.Clamp(HalfMessages.Number(half, MessageProperties.TransactionCheckTimes) ?? 0, 0, int.MaxValue);
        var ageMs = Now() - half.BornTimestamp;
        if (asked >= options.TransactionCheckMax || ageMs > options.FileReservedTime.TotalMilliseconds) return GiveUp(half, origin, asked);

        // Stored since the round began: among them are the copies that it makes itself.
        if (half.StoreTimestamp >= startedAt) return Outcome.Later;
        var timeoutMs = (long)options.TransactionTimeOut.TotalMilliseconds;
        if (MessageProperties.Get(half.Properties.Span, MessageProperties.CheckImmunityTimeInSeconds) is not null)
        {
            var seconds = HalfMessages.Number(half, MessageProperties.CheckImmunityTimeInSeconds) ?? -1;
            var immuneMs = seconds is < 0 or > int.MaxValue ? timeoutMs : seconds * 1000;
            if (ageMs < immuneMs) return PutBack(half, origin, null) is null ? Outcome.Later : Pass(half, origin);
        }
        else if (ageMs >= 0 && ageMs < timeoutMs)
        {
            return Outcome.Later;
        }

        if (PutBack(half, origin, asked + 1) is not { } copy) return Outcome.Later;
        producers.Ask(copy);
        return Pass(half, origin);
    }

    private Outcome Pass(MessageRecord half, long origin)
    {
        transactions.Passed(half.QueueOffset, origin);
        return Outcome.Done;
    }

    /// <summary>Null when the log took no copy: then the half message stays where it is.</summary>
    private MessageRecord? PutBack(MessageRecord half, long origin, int? asked)
    {
        var copy = HalfMessages.ToCopy(half, origin, asked);
        var result = writer.AppendNow(copy);
        if (!result.IsOk)
        {
            Log.HalfMessageNotMoved(logger, half.QueueOffset, TopicNames.TransHalf, result.Status.ToString());
            return null;
        }

        transactions.AddCopy(origin, copy.QueueOffset);
        return copy;
    }

    private Outcome GiveUp(MessageRecord half, long origin, int asked)
    {
        tables.Topics.GetOrCreate(TopicNames.TransCheckMaxTime, DiscardQueueNums, PermName.ReadWrite, 0);
        var result = writer.AppendNow(HalfMessages.ToDiscarded(half));
        if (!result.IsOk)
        {
            Log.HalfMessageNotMoved(logger, half.QueueOffset, TopicNames.TransCheckMaxTime, result.Status.ToString());
            return Outcome.Later;
        }

        Log.TransactionGivenUp(
            logger, MessageProperties.Get(half.Properties.Span, MessageProperties.UniqKey) ?? half.QueueOffset.ToString(System.Globalization.CultureInfo.InvariantCulture), asked);
        return Pass(half, origin);
    }

    /// <summary>Finds the copies that wait in the queue, so that the marks of their origins are kept.</summary>
    private void Load(long from)
    {
        _settledOp = -1;
        var end = store.QueueBounds(TopicNames.TransHalf, HalfMessages.QueueId).Max;
        for (var at = from; at < end;)
        {
            var read = Read(TopicNames.TransHalf, at);
            foreach (var record in MessageRecordCodec.DecodeAll(read.Body))
            {
                var origin = HalfMessages.OriginOf(record);
                if (origin != record.QueueOffset) transactions.AddCopy(origin, record.QueueOffset);
            }

            if (read.NextBeginOffset <= at) break;
            at = read.NextBeginOffset;
        }

        transactions.SetLoaded(Position(TopicNames.TransOpHalf));
    }

    private void ReadMarks()
    {
        while (true)
        {
            var at = transactions.NextOp;
            var read = Read(TopicNames.TransOpHalf, at);
            foreach (var record in MessageRecordCodec.DecodeAll(read.Body)) transactions.AddMark(record.QueueOffset, HalfMessages.EndedBy(record));
            if (read.NextBeginOffset <= at || (read.Status != QueueReadStatus.Found && read.MaxOffset == 0)) return;
            transactions.SkipTo(read.NextBeginOffset);
        }
    }

    private QueueReadResult Read(string topic, long offset) => store.ReadQueue(topic, HalfMessages.QueueId, offset, ReadCount, ReadBytes, null);

    /// <summary>Where the group stands, within what the queue still holds.</summary>
    private long Position(string topic)
    {
        var (min, max) = store.QueueBounds(topic, HalfMessages.QueueId);
        return Math.Clamp(tables.ConsumerOffsets.Query(HalfMessages.Group, topic, HalfMessages.QueueId), min, max);
    }

    private void Commit(string topic, long offset)
    {
        // Each commit is written to disk sooner or later: an idle broker makes none.
        if (tables.ConsumerOffsets.Query(HalfMessages.Group, topic, HalfMessages.QueueId) == offset) return;
        tables.ConsumerOffsets.Commit(HalfMessages.Group, topic, HalfMessages.QueueId, offset);
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
