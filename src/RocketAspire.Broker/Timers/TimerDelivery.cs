using System.Globalization;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Moves timed messages from where they wait to their own topics, and keeps account of it in the log.</summary>
internal sealed class TimerDelivery(MessageStore store, MessageWriter writer, BrokerAddress address, BrokerCounters counters, TimeProvider time, ILogger logger)
{
    private const int ReadBytes = 1;

    // The message of which it was told last that it has to wait.
    private long _told = -1;

    /// <summary>What the messages among them that take others back name: topic+UNIQ_KEY.</summary>
    public HashSet<string> ReadTakenBack(List<TimedMessage> messages)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var message in messages)
        {
            if (message.TakesBack && Read(message.Offset) is { } record && MessageProperties.Get(record.Properties.Span, MessageProperties.TimerDeleteUniqKey) is { } key) keys.Add(key);
        }

        return keys;
    }

    /// <summary>Delivers so many from one on; answers how many it did until the log took no more.</summary>
    public int Deliver(List<TimedMessage> messages, int from, int count, HashSet<string> takenBack)
    {
        for (var i = 0; i < count; i++)
        {
            var message = messages[from + i];
            if (!message.TakesBack && !TryDeliver(message.Offset, takenBack)) return i;
        }

        return count;
    }

    /// <summary>Appends a record that says how far delivery has come.</summary>
    /// <param name="progress">What it says.</param>
    public void NoteProgress(TimerProgress progress)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var result = writer.AppendNow(new MessageRecord
        {
            Topic = TopicNames.TimerProgress,
            BornTimestamp = now,
            BornHost = address.Host,
            StoreHost = address.Host,
            Body = progress.Encode(),
        });
        if (!result.IsOk) Log.TimedMessageNotDelivered(logger, progress.Offset, $"its delivery can't be noted: {result.Status}");
    }

    /// <summary>What the log says of how far delivery has come.</summary>
    public TimerProgress ReadProgress()
    {
        var (min, max) = store.QueueBounds(TopicNames.TimerProgress, 0);
        for (var at = max - 1; at >= min; at--)
        {
            var read = store.ReadQueue(TopicNames.TimerProgress, 0, at, 1, ReadBytes, null);
            foreach (var record in MessageRecordCodec.DecodeAll(read.Body))
            {
                if (TimerProgress.Decode(record.Body.Span) is { } progress) return progress;
            }
        }

        return TimerProgress.None;
    }

    /// <summary>False when it is to be tried again. What nobody will ever be able to deliver is told and counts as done, as at Apache's: it must not hold up the others.</summary>
    private bool TryDeliver(long offset, HashSet<string> takenBack)
    {
        try
        {
            if (Read(offset) is not { } record)
            {
                Log.TimedMessageNotDelivered(logger, offset, "it can't be read from the log any more");
                return true;
            }

            if (ToDelivered(record, takenBack) is not { } delivered) return true;
            var status = writer.AppendNow(delivered).Status;
            if (status == AppendStatus.PropertiesTooLarge) status = writer.AppendNow(record.Copy(delivered.Topic, delivered.QueueId, WithoutRealPlace(record))).Status;
            if (status == AppendStatus.Ok)
            {
                counters.TimersDelivered(1);
                return true;
            }

            Tell(offset, status.ToString());
            return status is AppendStatus.PropertiesTooLarge or AppendStatus.PropertiesIllegal or AppendStatus.TopicTooLong;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Tell(offset, e.Message);
            return false;
        }
    }

    /// <summary>Once a message, however often it is tried again.</summary>
    private void Tell(long offset, string reason)
    {
        if (_told == offset) return;
        _told = offset;
        Log.TimedMessageNotDelivered(logger, offset, reason);
    }

    /// <summary>Null when the message is gone, or damaged.</summary>
    private MessageRecord? Read(long offset)
    {
        try
        {
            var read = store.ReadQueue(TopicNames.Timer, 0, offset, 1, ReadBytes, null);
            return read.Status == QueueReadStatus.Found && MessageRecordCodec.DecodeAll(read.Body) is [{ } record, ..] && record.QueueOffset == offset ? record : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private MessageRecord? ToDelivered(MessageRecord record, HashSet<string> takenBack)
    {
        var topic = MessageProperties.Get(record.Properties.Span, MessageProperties.RealTopic);
        var queue = MessageProperties.Get(record.Properties.Span, MessageProperties.RealQueueId);
        if (topic is null || !int.TryParse(queue, NumberStyles.None, CultureInfo.InvariantCulture, out var queueId))
        {
            // Nobody could ever receive it.
            Log.TimedMessageNotDelivered(logger, record.QueueOffset, "it names no topic to go to and is skipped");
            return null;
        }

        if (takenBack.Count > 0
            && MessageProperties.Get(record.Properties.Span, MessageProperties.UniqKey) is { } uniqKey
            && takenBack.Contains(TimerProperties.DeleteKey(topic, uniqKey)))
        {
            return null;
        }

        var properties = MessageProperties.With(WithoutRealPlace(record), MessageProperties.TimerEnqueueMs, record.StoreTimestamp.ToString(CultureInfo.InvariantCulture));
        properties = MessageProperties.With(properties, MessageProperties.TimerDequeueMs, time.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        return record.Copy(topic, queueId, properties);
    }

    private static byte[] WithoutRealPlace(MessageRecord record) =>
        MessageProperties.Without(MessageProperties.Without(record.Properties.Span, MessageProperties.RealTopic), MessageProperties.RealQueueId);
}
