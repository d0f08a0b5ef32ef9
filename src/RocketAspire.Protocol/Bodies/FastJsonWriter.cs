using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace RocketAspire.Protocol.Bodies;

/// <summary>
/// Writes JSON as Java's fastjson does: no blanks, nulls left out by <see cref="Property(string, string)"/>, and keys of maps that
/// aren't strings either bare (<c>{0:"a"}</c>, fastjson's default) or quoted, which is what a standard parser needs.
/// The caller writes fields in alphabetical order, as fastjson sorts them.
/// </summary>
public sealed class FastJsonWriter
{
    private static readonly SearchValues<char> NeedsEscape = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\u007f\u2028\u2029");

    private readonly ArrayBufferWriter<byte> _buffer;
    private bool _needsComma;

    public FastJsonWriter(bool quoteKeys = false, ArrayBufferWriter<byte>? buffer = null)
    {
        QuoteKeys = quoteKeys;
        _buffer = buffer ?? new ArrayBufferWriter<byte>(256);
    }

    /// <summary>Whether keys that aren't strings are quoted.</summary>
    public bool QuoteKeys { get; }

    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

    public override string ToString() => Encoding.UTF8.GetString(_buffer.WrittenSpan);

    public void Reset()
    {
        _buffer.ResetWrittenCount();
        _needsComma = false;
    }

    public void StartObject() => Open((byte)'{');

    public void EndObject() => Close((byte)'}');

    public void StartArray() => Open((byte)'[');

    public void EndArray() => Close((byte)']');

    public void Key(string key)
    {
        Comma();
        Text(key);
        Colon();
    }

    /// <summary>A key of a map whose keys are integers: bare unless <see cref="QuoteKeys"/>.</summary>
    public void Key(long key)
    {
        Comma();
        if (QuoteKeys) Byte((byte)'"');
        Number(key);
        if (QuoteKeys) Byte((byte)'"');
        Colon();
    }

    /// <summary>A key that is itself an object, given as its JSON: bare unless <see cref="QuoteKeys"/>, then a string that holds it.</summary>
    public void ObjectKey(ReadOnlySpan<byte> json)
    {
        Comma();
        if (QuoteKeys) Text(Encoding.UTF8.GetString(json));
        else _buffer.Write(json);
        Colon();
    }

    public void Value(string? value)
    {
        if (value is null)
        {
            Null();
            return;
        }

        Comma();
        Text(value);
        _needsComma = true;
    }

    public void Value(long value)
    {
        Comma();
        Number(value);
        _needsComma = true;
    }

    public void Value(bool value) => Literal(value ? "true"u8 : "false"u8);

    public void Value(double value)
    {
        Comma();
        // Java writes 1.0 where .NET writes 1; both parse the same.
        Span<byte> text = stackalloc byte[32];
        value.TryFormat(text, out var length, "R", CultureInfo.InvariantCulture);
        _buffer.Write(text[..length]);
        _needsComma = true;
    }

    public void Null() => Literal("null"u8);

    /// <summary>JSON made elsewhere, as one value.</summary>
    public void Raw(ReadOnlySpan<byte> json) => Literal(json);

    /// <summary>Left out altogether when null, as fastjson does.</summary>
    public void Property(string key, string? value)
    {
        if (value is null) return;
        Key(key);
        Value(value);
    }

    public void Property(string key, long value)
    {
        Key(key);
        Value(value);
    }

    public void Property(string key, bool value)
    {
        Key(key);
        Value(value);
    }

    public void Property(string key, double value)
    {
        Key(key);
        Value(value);
    }

    /// <summary>An array of strings.</summary>
    public void Property(string key, IEnumerable<string> values)
    {
        Key(key);
        StartArray();
        foreach (var value in values) Value(value);
        EndArray();
    }

    private void Open(byte bracket)
    {
        Comma();
        Byte(bracket);
        _needsComma = false;
    }

    private void Close(byte bracket)
    {
        Byte(bracket);
        _needsComma = true;
    }

    private void Literal(ReadOnlySpan<byte> literal)
    {
        Comma();
        _buffer.Write(literal);
        _needsComma = true;
    }

    private void Comma()
    {
        if (_needsComma) Byte((byte)',');
        _needsComma = false;
    }

    private void Colon()
    {
        Byte((byte)':');
        _needsComma = false;
    }

    private void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    private void Number(long value)
    {
        Utf8Formatter.TryFormat(value, _buffer.GetSpan(20), out var length);
        _buffer.Advance(length);
    }

    private void Text(string value)
    {
        Byte((byte)'"');
        var rest = value.AsSpan();
        while (true)
        {
            var special = rest.IndexOfAny(NeedsEscape);
            var plain = special < 0 ? rest : rest[..special];
            if (!plain.IsEmpty)
            {
                var span = _buffer.GetSpan(Encoding.UTF8.GetMaxByteCount(plain.Length));
                _buffer.Advance(Encoding.UTF8.GetBytes(plain, span));
            }

            if (special < 0) break;
            Escape(rest[special]);
            rest = rest[(special + 1)..];
        }

        Byte((byte)'"');
    }

    private void Escape(char c)
    {
        ReadOnlySpan<byte> brief = c switch
        {
            '"' => "\\\""u8,
            '\\' => "\\\\"u8,
            '\b' => "\\b"u8,
            '\t' => "\\t"u8,
            '\n' => "\\n"u8,
            '\f' => "\\f"u8,
            '\r' => "\\r"u8,
            _ => default,
        };
        if (!brief.IsEmpty)
        {
            _buffer.Write(brief);
            return;
        }

        var span = _buffer.GetSpan(6);
        "\\u"u8.CopyTo(span);
        ((int)c).TryFormat(span[2..], out _, "x4", CultureInfo.InvariantCulture);
        _buffer.Advance(6);
    }
}
