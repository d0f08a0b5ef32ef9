namespace RocketAspire.Protocol.Bodies;

/// <summary>One pass over the text; makes the table of tokens.</summary>
internal struct FastJsonParser(byte[] json)
{
    private FastJsonToken[] _tokens = new FastJsonToken[64];
    private int _count;
    private int _at;

    public FastJsonToken[] Run()
    {
        Value(0);
        SkipBlank();
        if (_at < json.Length) throw Bad("text after the end");
        return _tokens;
    }

    private void Value(int depth)
    {
        if (depth > FastJson.MaxDepth) throw Bad($"deeper than {FastJson.MaxDepth}");
        SkipBlank();
        if (_at >= json.Length) throw Bad("it ends too early");
        switch (json[_at])
        {
            case (byte)'{':
                Container(FastJsonKind.Object, (byte)'}', depth);
                break;
            case (byte)'[':
                Container(FastJsonKind.Array, (byte)']', depth);
                break;
            case (byte)'"' or (byte)'\'':
                Quoted(json[_at]);
                break;
            default:
                Bare();
                break;
        }
    }

    private void Container(FastJsonKind kind, byte end, int depth)
    {
        var self = Add(kind, _at, 0);
        var start = _at++;
        while (true)
        {
            SkipBlank();
            if (_at >= json.Length) throw Bad("it ends too early");
            if (json[_at] == end) break;
            if (json[_at] == ',')
            {
                _at++;
                continue;
            }

            Value(depth + 1);
            if (kind == FastJsonKind.Object)
            {
                SkipBlank();
                if (_at >= json.Length || json[_at] != ':') throw Bad("no colon after a key");
                _at++;
                Value(depth + 1);
            }

            SkipBlank();
            if (_at < json.Length && json[_at] != ',' && json[_at] != end) throw Bad("neither a comma nor the end");
        }

        _at++;
        _tokens[self].Length = _at - start;
        _tokens[self].Next = _count;
    }

    private void Quoted(byte quote)
    {
        var start = ++_at;
        var kind = FastJsonKind.String;
        while (true)
        {
            var hit = json.AsSpan(_at).IndexOfAny(quote, (byte)'\\');
            if (hit < 0) throw Bad("a string without end");
            _at += hit;
            if (json[_at] == quote) break;
            kind = FastJsonKind.EscapedString;
            _at += 2;
            if (_at > json.Length) throw Bad("a string without end");
        }

        Add(kind, start, _at - start);
        _at++;
    }

    private void Bare()
    {
        var start = _at;
        while (_at < json.Length && IsBare(json[_at])) _at++;
        var text = json.AsSpan(start, _at - start);
        if (text.IsEmpty) throw Bad($"unexpected byte 0x{json[_at]:x2}");
        var kind = text.SequenceEqual("null"u8) ? FastJsonKind.Null
            : text.SequenceEqual("true"u8) ? FastJsonKind.True
            : text.SequenceEqual("false"u8) ? FastJsonKind.False
            : text[0] is (>= (byte)'0' and <= (byte)'9') or (byte)'-' or (byte)'+' or (byte)'.' ? FastJsonKind.Number
            : FastJsonKind.String;
        Add(kind, start, text.Length);
    }

    private static bool IsBare(byte b) =>
        b is (>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z')
            or (byte)'_' or (byte)'$' or (byte)'-' or (byte)'+' or (byte)'.' or (byte)'%' or (byte)'@' or >= 0x80;

    private int Add(FastJsonKind kind, int start, int length)
    {
        if (_count == FastJson.MaxValues) throw Bad($"more than {FastJson.MaxValues} values");
        if (_count == _tokens.Length) Array.Resize(ref _tokens, _count * 2);
        _tokens[_count] = new(kind, start, length, _count + 1);
        return _count++;
    }

    private void SkipBlank()
    {
        while (_at < json.Length && json[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'\f' or (byte)'\b') _at++;
    }

    private readonly FastJsonException Bad(string what) => new($"not JSON at byte {_at}: {what}");
}
