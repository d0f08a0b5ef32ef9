using System.Text;
using System.Text.Json;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Protocol.Remoting;

/// <summary>The JSON header: read tolerantly, written as Apache's fastjson writes it (fields sorted, nulls left out).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/RemotingCommand.java</remarks>
internal static class JsonHeader
{
    /// <summary>No request of the protocol has more than forty; look-ups in <see cref="ExtFields"/> are linear.</summary>
    public const int MaxExtFields = 1024;

    private static readonly JsonReaderOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 16 };

    public static RemotingCommand Read(ReadOnlySpan<byte> header)
    {
        var fields = new Fields { Language = LanguageCode.Other };
        try
        {
            var reader = new Utf8JsonReader(header, Options);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("it is no object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) ReadField(ref reader, ref fields);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new RemotingHeaderException("JSON: " + OneLine(e.Message), fields.Opaque, fields.Flag);
        }

        return new RemotingCommand
        {
            Code = fields.Code ?? 0,
            Language = fields.Language,
            Version = fields.Version,
            Opaque = fields.Opaque ?? 0,
            Flag = fields.Flag,
            Remark = fields.Remark,
            ExtFields = fields.Ext ?? new ExtFields(),
            SerializeType = SerializeType.Json,
        };
    }

    public static void Write(FastJsonWriter json, RemotingCommand command)
    {
        json.StartObject();
        json.Property("code", command.Code);
        if (command.ExtFields.Count > 0)
        {
            json.Key("extFields");
            json.StartObject();
            foreach (var (key, value) in command.ExtFields.AsSpan()) json.Property(key, value);
            json.EndObject();
        }

        json.Property("flag", command.Flag);
        json.Property("language", LanguageNames.Of(command.Language));
        json.Property("opaque", command.Opaque);
        json.Property("remark", command.Remark);
        json.Property("serializeTypeCurrentRPC", "JSON");
        json.Property("version", command.Version);
        json.EndObject();
    }

    private static void ReadField(ref Utf8JsonReader reader, ref Fields fields)
    {
        if (reader.ValueTextEquals("code"u8)) fields.Code = ReadInt32(ref reader);
        else if (reader.ValueTextEquals("extFields"u8)) ReadExtFields(ref reader, ref fields);
        else if (reader.ValueTextEquals("flag"u8)) fields.Flag = ReadInt32(ref reader) ?? 0;
        else if (reader.ValueTextEquals("language"u8)) fields.Language = ReadLanguage(ref reader);
        else if (reader.ValueTextEquals("opaque"u8)) fields.Opaque = ReadInt32(ref reader);
        else if (reader.ValueTextEquals("remark"u8)) fields.Remark = ReadText(ref reader);
        else if (reader.ValueTextEquals("version"u8)) fields.Version = ReadInt32(ref reader) ?? 0;
        else SkipValue(ref reader);
    }

    private static void ReadExtFields(ref Utf8JsonReader reader, ref Fields fields)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return;
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("extFields is no object");
        var ext = fields.Ext ??= new ExtFields();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.ValueIsEscaped ? reader.GetString()! : KnownExtKeys.Intern(reader.ValueSpan);
            if (ext.Count >= MaxExtFields) throw new JsonException($"more than {MaxExtFields} extFields");
            if (ReadText(ref reader) is { } value) ext.Add(key, value);
        }
    }

    /// <summary>Numbers may come as strings, fractions and overflow are cut as a Java cast cuts them; null when absent.</summary>
    private static int? ReadInt32(ref Utf8JsonReader reader)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                return reader.TryGetInt64(out var number) ? unchecked((int)number) : (int)reader.GetDouble();
            case JsonTokenType.String:
                return long.TryParse(reader.GetString(), out var text) ? unchecked((int)text) : throw new JsonException("text where a number belongs");
            case JsonTokenType.Null:
                return null;
            default:
                throw new JsonException($"{reader.TokenType} where a number belongs");
        }
    }

    /// <summary>A string, or what else a client wrote there, as text: numbers and booleans literally, objects as their JSON; null stays null.</summary>
    private static string? ReadText(ref Utf8JsonReader reader)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return reader.GetString();
            case JsonTokenType.True:
                return "true";
            case JsonTokenType.False:
                return "false";
            case JsonTokenType.Number:
                return Encoding.UTF8.GetString(reader.ValueSpan);
            case JsonTokenType.Null:
                return null;
            default:
                using (var document = JsonDocument.ParseValue(ref reader)) return document.RootElement.GetRawText();
        }
    }

    private static LanguageCode ReadLanguage(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number) return reader.TryGetByte(out var code) ? LanguageNames.FromCode(code) : LanguageCode.Other;
        if (reader.TokenType == JsonTokenType.String) return LanguageNames.Parse(ref reader);
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) reader.Skip();
        return LanguageCode.Other;
    }

    private static void SkipValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");

    /// <summary>What has been read so far: an error halfway can still be answered to the right request.</summary>
    private struct Fields
    {
        public int? Code;
        public int? Opaque;
        public int Flag;
        public int Version;
        public LanguageCode Language;
        public string? Remark;
        public ExtFields? Ext;
    }
}
