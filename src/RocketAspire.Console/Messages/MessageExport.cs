using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using RocketAspire.Console.Cluster;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Console.Messages;

/// <summary>Writes messages as CSV or JSON while they are read: one message is held at a time.</summary>
public static class MessageExport
{
    private static readonly string[] Columns =
    [
        "messageId", "offsetMessageId", "topic", "originalTopic", "queueId", "queueOffset", "bornTime", "storeTime", "bornHost", "storeHost", "reconsumeTimes", "tags", "keys",
        "properties", "bodyBytes", "bodyEncoding", "body",
    ];

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string ContentType(ExportFormat format) => format == ExportFormat.Csv ? "text/csv; charset=utf-8" : "application/json; charset=utf-8";

    /// <summary>Writes all of them.</summary>
    /// <param name="messages">What to write.</param>
    /// <param name="format">CSV begins with a byte order mark, without which spreadsheets read UTF-8 wrongly.</param>
    /// <param name="to">Where to; completed by its owner.</param>
    /// <param name="written">Called after each message.</param>
    /// <param name="cancellationToken">Ends it in the middle.</param>
    public static Task WriteAsync(IAsyncEnumerable<MessageRecord> messages, ExportFormat format, PipeWriter to, Action written, CancellationToken cancellationToken) =>
        format == ExportFormat.Csv ? WriteCsvAsync(messages, to, written, cancellationToken) : WriteJsonAsync(messages, to, written, cancellationToken);

    /// <summary>A cell: quoted, and never a formula to a spreadsheet, which takes what begins with = + - @ (or a tab or line end before them) for one.</summary>
    public static string Cell(string value)
    {
        var isFormula = value.Length > 0 && value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠';
        return $"\"{(isFormula ? "'" : "")}{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>A body as text when it is text, else as base64.</summary>
    public static (string Encoding, string Text) BodyOf(ReadOnlySpan<byte> body)
    {
        try
        {
            var text = Strict.GetString(body);
            if (!text.AsSpan().ContainsAny(Controls)) return ("utf-8", text);
        }
        catch (DecoderFallbackException)
        {
            // No text.
        }

        return ("base64", Convert.ToBase64String(body));
    }

    private static SearchValues<char> Controls { get; } = SearchValues.Create([.. Enumerable.Range(0, 32).Select(static code => (char)code).Where(static c => c is not ('\t' or '\r' or '\n')), '\u007f']);

    private static async Task WriteCsvAsync(IAsyncEnumerable<MessageRecord> messages, PipeWriter to, Action written, CancellationToken cancellationToken)
    {
        Put(to, "\uFEFF" + string.Join(',', Columns) + "\r\n");
        await foreach (var record in messages.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            var message = new FoundMessage(record);
            var (encoding, body) = BodyOf(message.Body.Span);
            var properties = JsonSerializer.Serialize(message.Properties, Relaxed);
            string[] cells =
            [
                message.Id, message.OffsetId, record.Topic, message.OriginalTopic, Number(record.QueueId), Number(record.QueueOffset), Time(message.BornAt), Time(message.StoredAt), record.BornHost.ToString(),
                record.StoreHost.ToString(), Number(record.ReconsumeTimes), message.Tag ?? "", string.Join(' ', message.Keys), properties, Number(message.Body.Length), encoding, body,
            ];
            Put(to, string.Join(',', cells.Select(Cell)) + "\r\n");
            await to.FlushAsync(cancellationToken).ConfigureAwait(false);
            written();
        }

        await to.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task WriteJsonAsync(IAsyncEnumerable<MessageRecord> messages, PipeWriter to, Action written, CancellationToken cancellationToken)
    {
        Put(to, "[");
        var first = true;
        await foreach (var record in messages.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            Put(to, first ? "\n" : ",\n");
            first = false;
            WriteObject(to, record);
            await to.FlushAsync(cancellationToken).ConfigureAwait(false);
            written();
        }

        Put(to, "\n]\n");
        await to.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static void WriteObject(PipeWriter to, MessageRecord record)
    {
        var message = new FoundMessage(record);
        var (encoding, body) = BodyOf(message.Body.Span);
        using var json = new Utf8JsonWriter(to, Options);
        json.WriteStartObject();
        json.WriteString("messageId", message.Id);
        json.WriteString("offsetMessageId", message.OffsetId);
        json.WriteString("topic", record.Topic);
        json.WriteString("originalTopic", message.OriginalTopic);
        json.WriteNumber("queueId", record.QueueId);
        json.WriteNumber("queueOffset", record.QueueOffset);
        json.WriteString("bornTime", Time(message.BornAt));
        json.WriteString("storeTime", Time(message.StoredAt));
        json.WriteString("bornHost", record.BornHost.ToString());
        json.WriteString("storeHost", record.StoreHost.ToString());
        json.WriteNumber("reconsumeTimes", record.ReconsumeTimes);
        json.WriteString("tags", message.Tag);
        json.WriteStartArray("keys");
        foreach (var key in message.Keys) json.WriteStringValue(key);
        json.WriteEndArray();
        json.WriteStartObject("properties");
        foreach (var (name, value) in message.Properties) json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteNumber("bodyBytes", message.Body.Length);
        json.WriteString("bodyEncoding", encoding);
        json.WriteString("body", body);
        json.WriteEndObject();
    }

    private static JsonSerializerOptions Relaxed { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static void Put(PipeWriter to, string text) => Encoding.UTF8.GetBytes(text.AsSpan(), to);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
