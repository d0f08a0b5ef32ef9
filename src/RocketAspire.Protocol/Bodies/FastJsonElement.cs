using System.Buffers.Text;
using System.Text;

namespace RocketAspire.Protocol.Bodies;

/// <summary>A value inside a parsed text. <c>default</c> is an absent one: every reader then gives its fallback.</summary>
public readonly struct FastJsonElement
{
    private readonly FastJsonDocument? _document;
    private readonly int _index;

    internal FastJsonElement(FastJsonDocument document, int index)
    {
        _document = document;
        _index = index;
    }

    public FastJsonKind Kind => _document is null ? FastJsonKind.Undefined : Token.Kind == FastJsonKind.EscapedString ? FastJsonKind.String : Token.Kind;

    public bool IsAbsent => Kind is FastJsonKind.Undefined or FastJsonKind.Null;

    private FastJsonToken Token => _document!.Tokens[_index];

    private ReadOnlySpan<byte> Bytes => _document!.Json.AsSpan(Token.Start, Token.Length);

    /// <summary>
    /// The property of that name, however its key was written; absent when there is none or this is no object. Without a key of just that name
    /// one counts that differs in case, blanks, '-' or '_': fastjson matches them too, and clients live by it (NewLife.RocketMQ writes ClientID).
    /// </summary>
    /// <remarks>Source: smartMatch of https://github.com/alibaba/fastjson/blob/1.2.83/src/main/java/com/alibaba/fastjson/parser/deserializer/JavaBeanDeserializer.java</remarks>
    public FastJsonElement this[string name]
    {
        get
        {
            var near = default(FastJsonElement);
            foreach (var (key, value) in Properties)
            {
                if (key.TextEquals(name)) return value;
                if (near.Kind == FastJsonKind.Undefined && key.Token.Kind != FastJsonKind.EscapedString && IsNear(key.Bytes, name)) near = value;
            }

            return near;
        }
    }

    /// <summary>Key and value pairs of an object, in order; none for anything else.</summary>
    public PropertyEnumerable Properties => new(this);

    /// <summary>The elements of an array; none for anything else.</summary>
    public ItemEnumerable Items => new(this);

    /// <summary>Strings decoded, numbers and booleans as written, objects and arrays as their JSON; null when absent or null.</summary>
    public string? AsString() => _document is null ? null : Token.Kind switch
    {
        FastJsonKind.Null => null,
        FastJsonKind.EscapedString => Unescape(Bytes),
        _ => Encoding.UTF8.GetString(Bytes),
    };

    public long AsInt64(long fallback = 0)
    {
        if (_document is null || Token.Kind is not (FastJsonKind.Number or FastJsonKind.String)) return fallback;
        var bytes = Bytes;
        if (Utf8Parser.TryParse(bytes, out long value, out var used) && used == bytes.Length) return value;
        return Utf8Parser.TryParse(bytes, out double wide, out used) && used == bytes.Length ? (long)wide : fallback;
    }

    public int AsInt32(int fallback = 0)
    {
        var value = AsInt64(fallback);
        return value is < int.MinValue or > int.MaxValue ? fallback : (int)value;
    }

    public double AsDouble(double fallback = 0)
    {
        if (_document is null || Token.Kind is not (FastJsonKind.Number or FastJsonKind.String)) return fallback;
        return Utf8Parser.TryParse(Bytes, out double value, out var used) && used == Token.Length ? value : fallback;
    }

    public bool AsBoolean(bool fallback = false) => _document is null ? fallback : Token.Kind switch
    {
        FastJsonKind.True => true,
        FastJsonKind.False => false,
        FastJsonKind.String => Bytes.SequenceEqual("true"u8),
        FastJsonKind.Number => AsInt64() != 0,
        _ => fallback,
    };

    /// <summary>The strings of an array; empty for anything else.</summary>
    public List<string> AsStrings()
    {
        var list = new List<string>();
        foreach (var item in Items)
        {
            if (item.AsString() is { } text) list.Add(text);
        }

        return list;
    }

    /// <summary>A map of strings; empty for anything else.</summary>
    public SortedDictionary<string, string> AsStringMap()
    {
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in Properties)
        {
            if (key.AsString() is { } name && value.AsString() is { } text) map[name] = text;
        }

        return map;
    }

    /// <summary>The bytes of this value as they stand in the text (strings without their quotes).</summary>
    public ReadOnlySpan<byte> RawBytes => _document is null ? default : Bytes;

    public override string ToString() => AsString() ?? "null";

    private bool TextEquals(string text)
    {
        if (Token.Kind == FastJsonKind.EscapedString) return AsString() == text;
        var bytes = Bytes;
        return bytes.Length >= text.Length && (Ascii.IsValid(bytes) ? Ascii.Equals(bytes, text) : Encoding.UTF8.GetString(bytes) == text);
    }

    private static bool IsNear(ReadOnlySpan<byte> key, string name)
    {
        var at = 0;
        foreach (var letter in key)
        {
            if (letter is (byte)' ' or (byte)'-' or (byte)'_') continue;
            if (at == name.Length || Lower((char)letter) != Lower(name[at])) return false;
            at++;
        }

        return at == name.Length;

        static char Lower(char letter) => letter is >= 'A' and <= 'Z' ? (char)(letter | 0x20) : letter;
    }

    private static string Unescape(ReadOnlySpan<byte> bytes)
    {
        var builder = new StringBuilder(bytes.Length);
        while (true)
        {
            var hit = bytes.IndexOf((byte)'\\');
            builder.Append(Encoding.UTF8.GetString(hit < 0 ? bytes : bytes[..hit]));
            if (hit < 0 || hit + 1 >= bytes.Length) return builder.ToString();
            var c = (char)bytes[hit + 1];
            bytes = bytes[(hit + 2)..];
            if (c == 'u' && bytes.Length >= 4 && Utf8Parser.TryParse(bytes[..4], out ushort code, out var used, 'x') && used == 4)
            {
                builder.Append((char)code);
                bytes = bytes[4..];
                continue;
            }

            builder.Append(c switch { 'b' => '\b', 't' => '\t', 'n' => '\n', 'f' => '\f', 'r' => '\r', 'v' => '\v', '0' => '\0', _ => c });
        }
    }

    /// <summary>Walks pairs without allocating.</summary>
    public struct PropertyEnumerable
    {
        private readonly FastJsonDocument? _document;
        private readonly int _end;
        private int _next;
        private int _key;

        internal PropertyEnumerable(FastJsonElement element)
        {
            _document = element.Kind == FastJsonKind.Object ? element._document : null;
            _next = element._index + 1;
            _end = _document is null ? 0 : element.Token.Next;
        }

        public readonly PropertyEnumerable GetEnumerator() => this;

        public readonly (FastJsonElement Key, FastJsonElement Value) Current =>
            (new(_document!, _key), new(_document!, _document!.Tokens[_key].Next));

        public bool MoveNext()
        {
            if (_document is null || _next >= _end) return false;
            _key = _next;
            _next = _document.Tokens[_document.Tokens[_key].Next].Next;
            return true;
        }
    }

    /// <summary>Walks elements without allocating.</summary>
    public struct ItemEnumerable
    {
        private readonly FastJsonDocument? _document;
        private readonly int _end;
        private int _next;
        private int _current;

        internal ItemEnumerable(FastJsonElement element)
        {
            _document = element.Kind == FastJsonKind.Array ? element._document : null;
            _next = element._index + 1;
            _end = _document is null ? 0 : element.Token.Next;
        }

        public readonly ItemEnumerable GetEnumerator() => this;

        public readonly FastJsonElement Current => new(_document!, _current);

        public bool MoveNext()
        {
            if (_document is null || _next >= _end) return false;
            _current = _next;
            _next = _document.Tokens[_current].Next;
            return true;
        }
    }
}
