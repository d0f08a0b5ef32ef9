using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using OfflineAspire.Dashboard.Telemetry;
using OfflineAspire.Otlp.Common;

namespace OfflineAspire.Dashboard.Otlp;

/// <summary>OTLP's values as text, cut to what is kept.</summary>
internal static class OtlpText
{
    private const int TraceIdBytes = 16;
    private const int SpanIdBytes = 8;


    public static DateTimeOffset Time(ulong unixNano) => DateTimeOffset.UnixEpoch.AddTicks((long)(unixNano / 100));

    public static IReadOnlyList<TelemetryAttribute> Attributes(IEnumerable<KeyValue> attributes, TelemetryLimits limits) =>
        [.. attributes.Where(static a => a.Key.Length > 0).Take(limits.Attributes).Select(a => new TelemetryAttribute(Cut(a.Key, limits), Cut(Of(a.Value), limits)))];

    public static string Value(IEnumerable<KeyValue> attributes, string key) => attributes.FirstOrDefault(a => a.Key == key) is { } found ? Of(found.Value) : "";

    public static string Cut(string text, TelemetryLimits limits) => StringCache.Get(text.Length <= limits.TextLength ? text : text[..limits.TextLength]);

    public static string Of(AnyValue? value) => value?.ValueCase switch
    {
        AnyValue.ValueOneofCase.StringValue => value.StringValue,
        AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        AnyValue.ValueOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
        AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue.ToString(CultureInfo.InvariantCulture),
        AnyValue.ValueOneofCase.BytesValue => value.BytesValue.ToBase64(),
        AnyValue.ValueOneofCase.ArrayValue or AnyValue.ValueOneofCase.KvlistValue => Json(value),
        _ => "",
    };

    /// <returns>Lower case hexadecimal digits; empty for one that isn't valid.</returns>
    public static string TraceId(ByteString id) => Id(id, TraceIdBytes);

    /// <inheritdoc cref="TraceId"/>
    public static string SpanId(ByteString id) => Id(id, SpanIdBytes);

    private static string Id(ByteString id, int length)
    {
        // In OTLP's JSON ids are hexadecimal, where protobuf's has base64: read as that, they are half as long again.
        if (id.Length == length * 3 / 2)
        {
            var text = id.ToBase64();
            return text.Length == length * 2 && text.All(char.IsAsciiHexDigit) ? StringCache.Get(text.ToLowerInvariant()) : "";
        }

        return id.Length == length && id.Span.ContainsAnyExcept((byte)0) ? StringCache.Get(Convert.ToHexStringLower(id.Span)) : "";
    }

    private static string Json(AnyValue value)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true })) Write(writer, value);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    // No deeper than protobuf's parser lets it be.
    private static void Write(Utf8JsonWriter writer, AnyValue? value)
    {
        switch (value?.ValueCase)
        {
            case AnyValue.ValueOneofCase.ArrayValue:
                writer.WriteStartArray();
                foreach (var item in value.ArrayValue.Values) Write(writer, item);
                writer.WriteEndArray();
                break;
            case AnyValue.ValueOneofCase.KvlistValue:
                writer.WriteStartObject();
                foreach (var item in value.KvlistValue.Values)
                {
                    writer.WritePropertyName(item.Key);
                    Write(writer, item.Value);
                }

                writer.WriteEndObject();
                break;
            case AnyValue.ValueOneofCase.IntValue:
                writer.WriteNumberValue(value.IntValue);
                break;
            case AnyValue.ValueOneofCase.BoolValue:
                writer.WriteBooleanValue(value.BoolValue);
                break;
            case AnyValue.ValueOneofCase.DoubleValue when double.IsFinite(value.DoubleValue):
                writer.WriteNumberValue(value.DoubleValue);
                break;
            case null or AnyValue.ValueOneofCase.None:
                writer.WriteNullValue();
                break;
            default:
                writer.WriteStringValue(Of(value));
                break;
        }
    }
}
