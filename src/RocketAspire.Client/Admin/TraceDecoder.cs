using System.Globalization;
using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>
/// Reads the bodies of trace messages: lines that end in U+0002, of fields that U+0001 separates, the line's kind first. Lines of other kinds, and
/// such as can't be read, are left out: a trace is there to help, and the rest of it does.
/// </summary>
/// <remarks>
/// Format: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/client/src/main/java/org/apache/rocketmq/client/trace/TraceDataEncoder.java
/// <code>
/// Pub            time region group topic id tags keys storeHost bodyLength took type [offsetId] success [clientHost]
/// SubBefore      time region group request id retries keys
/// SubAfter       request id took success keys [outcome [time group]]
/// EndTransaction time region group topic id tags keys storeHost type transactionId state fromCheck
/// Recall         time region group topic id success
/// </code>
/// </remarks>
public static class TraceDecoder
{
    private const char Field = '\u0001';
    private const char Line = '\u0002';

    /// <summary>All lines of a trace message; who sent it is who tells.</summary>
    public static IReadOnlyList<TraceEvent> Decode(MessageRecord record)
    {
        var host = record.BornHost.ToString();
        try
        {
            return [.. Decode(RocketMQReceivedMessage.UnpackBody(record).Span).Select(line => line.ClientHost is null ? line with { ClientHost = host } : line)];
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }

    /// <param name="body">In UTF-8, not compressed.</param>
    public static IReadOnlyList<TraceEvent> Decode(ReadOnlySpan<byte> body)
    {
        var events = new List<TraceEvent>();
        foreach (var line in Encoding.UTF8.GetString(body).Split(Line, StringSplitOptions.RemoveEmptyEntries))
        {
            if (Read(line.Split(Field)) is { } read) events.Add(read);
        }

        return events;
    }

    private static TraceEvent? Read(string[] fields) => fields[0] switch
    {
        nameof(TraceKind.Pub) when fields.Length >= 13 => ReadPub(fields),
        nameof(TraceKind.SubBefore) when fields.Length >= 7 => ReadBefore(fields),
        nameof(TraceKind.SubAfter) when fields.Length >= 6 => ReadAfter(fields),
        nameof(TraceKind.EndTransaction) when fields.Length >= 13 => ReadEnd(fields),
        nameof(TraceKind.Recall) when fields.Length >= 7 => ReadRecall(fields),
        _ => null,
    };

    private static TraceEvent? ReadPub(string[] fields)
    {
        if (!TryNumber(fields[1], out var time) || !TryNumber(fields[10], out var took) || Text(fields[5]) is not { } id) return null;
        // The oldest form has no id of the broker.
        var hasOffsetId = fields.Length >= 14;
        return new TraceEvent
        {
            Kind = TraceKind.Pub,
            MessageId = id,
            Time = time,
            Region = Text(fields[2]),
            Group = Text(fields[3]),
            Topic = Text(fields[4]),
            Tag = Text(fields[6]),
            Keys = Text(fields[7]),
            StoreHost = Text(fields[8]),
            BodyLength = TryNumber(fields[9], out var length) ? (int)Math.Min(length, int.MaxValue) : 0,
            Took = Span(took),
            MessageType = TypeOf(fields[11]),
            OffsetMessageId = hasOffsetId ? Text(fields[12]) : null,
            IsSuccess = fields[hasOffsetId ? 13 : 12] == "true",
            ClientHost = fields.Length >= 15 ? Text(fields[14]) : null,
        };
    }

    private static TraceEvent? ReadBefore(string[] fields)
    {
        if (!TryNumber(fields[1], out var time) || Text(fields[5]) is not { } id) return null;
        return new TraceEvent
        {
            Kind = TraceKind.SubBefore,
            MessageId = id,
            Time = time,
            Region = Text(fields[2]),
            Group = Text(fields[3]),
            RequestId = Text(fields[4]),
            Retries = TryNumber(fields[6], out var retries) ? (int)Math.Min(retries, int.MaxValue) : 0,
            Keys = fields.Length >= 8 ? Text(fields[7]) : null,
        };
    }

    private static TraceEvent? ReadAfter(string[] fields)
    {
        if (!TryNumber(fields[3], out var took) || Text(fields[2]) is not { } id) return null;
        var isSuccess = fields[4] == "true";
        return new TraceEvent
        {
            Kind = TraceKind.SubAfter,
            RequestId = Text(fields[1]),
            MessageId = id,
            Took = Span(took),
            IsSuccess = isSuccess,
            Keys = Text(fields[5]),
            Outcome = fields.Length >= 7 && TryNumber(fields[6], out var code) && code <= (int)TraceOutcome.Failed ? (TraceOutcome)code : isSuccess ? TraceOutcome.Success : TraceOutcome.Unknown,
            Time = fields.Length >= 9 && TryNumber(fields[7], out var time) ? time : null,
            Group = fields.Length >= 9 ? Text(fields[8]) : null,
        };
    }

    private static TraceEvent? ReadEnd(string[] fields)
    {
        if (!TryNumber(fields[1], out var time) || Text(fields[5]) is not { } id) return null;
        return new TraceEvent
        {
            Kind = TraceKind.EndTransaction,
            MessageId = id,
            Time = time,
            Region = Text(fields[2]),
            Group = Text(fields[3]),
            Topic = Text(fields[4]),
            Tag = Text(fields[6]),
            Keys = Text(fields[7]),
            StoreHost = Text(fields[8]),
            MessageType = TypeOf(fields[9]),
            TransactionId = Text(fields[10]),
            State = fields[11] switch
            {
                "COMMIT_MESSAGE" => TransactionState.Commit,
                "ROLLBACK_MESSAGE" => TransactionState.Rollback,
                "UNKNOW" => TransactionState.Unknown,
                _ => null,
            },
            FromCheck = fields[12] == "true",
            IsSuccess = true,
        };
    }

    private static TraceEvent? ReadRecall(string[] fields)
    {
        if (!TryNumber(fields[1], out var time) || Text(fields[5]) is not { } id) return null;
        return new TraceEvent
        {
            Kind = TraceKind.Recall,
            MessageId = id,
            Time = time,
            Region = Text(fields[2]),
            Group = Text(fields[3]),
            Topic = Text(fields[4]),
            IsSuccess = fields[6] == "true",
        };
    }

    private static TraceMessageType TypeOf(string text) => TryNumber(text, out var type) && type <= (int)TraceMessageType.Order ? (TraceMessageType)type : TraceMessageType.Normal;

    /// <summary>Java writes what isn't there as "null".</summary>
    private static string? Text(string field) => field is "" or "null" ? null : field;

    private static TimeSpan Span(long ms) => TimeSpan.FromMilliseconds(Math.Min(ms, int.MaxValue));

    /// <summary>None of the numbers of a trace is negative, and times stay within what a date can be.</summary>
    private static bool TryNumber(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= 253_402_300_799_999;
}
