using System.Buffers;
using System.Text;

namespace RocketAspire.Broker.Filtering;

/// <summary>Splits an expression into its tokens.</summary>
/// <remarks>
/// <code>
/// word     [A-Za-z_$][A-Za-z0-9_$]*            string   ' … ' with '' for a quote
/// integer  0 | [1-9][0-9]*[lL]?                 decimal  1.5  1.  .5  each with an exponent, or 1e5
/// signs    = &lt;&gt; &gt; &gt;= &lt; &lt;= ( , ) + -         comments -- to the line's end, /* … */
/// </code>
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/filter/src/main/java/org/apache/rocketmq/filter/parser/SelectorParserConstants.java
/// </remarks>
internal ref struct SqlLexer(string text)
{
    private static readonly SearchValues<char> WordStarts = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$");
    private static readonly SearchValues<char> WordParts = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$0123456789");
    private int _at;

    public SqlToken Next()
    {
        if (SkipBlanks() is { } wrong) return wrong;
        if (_at >= text.Length) return new(SqlTokenKind.End, "", text.Length + 1);
        var c = text[_at];
        if (WordStarts.Contains(c)) return Word();
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek(1)))) return Number();
        if (c == '\'') return Text();
        return Symbol();
    }

    private readonly char Peek(int ahead) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    private SqlToken? SkipBlanks()
    {
        while (_at < text.Length)
        {
            var c = text[_at];
            if (c is ' ' or '\t' or '\n' or '\r' or '\f')
            {
                _at++;
            }
            else if (c == '-' && Peek(1) == '-')
            {
                var end = text.AsSpan(_at).IndexOfAny('\r', '\n');
                _at = end < 0 ? text.Length : _at + end;
            }
            else if (c == '/' && Peek(1) == '*')
            {
                var end = text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
                if (end < 0) return new SqlToken(SqlTokenKind.Wrong, "a comment that does not end", _at + 1);
                _at = end + 2;
            }
            else
            {
                break;
            }
        }

        return null;
    }

    private SqlToken Word()
    {
        var start = _at;
        var length = text.AsSpan(start).IndexOfAnyExcept(WordParts);
        _at = length < 0 ? text.Length : start + length;
        return new(SqlTokenKind.Word, text[start.._at], start + 1);
    }

    private SqlToken Number()
    {
        var start = _at;
        SkipDigits();
        var isDecimal = false;
        if (Peek(0) == '.')
        {
            isDecimal = true;
            _at++;
            SkipDigits();
        }

        if (Peek(0) is 'e' or 'E' && (char.IsAsciiDigit(Peek(1)) || (Peek(1) is '+' or '-' && char.IsAsciiDigit(Peek(2)))))
        {
            isDecimal = true;
            _at += 2;
            SkipDigits();
        }

        var written = text[start.._at];
        if (isDecimal) return new(SqlTokenKind.Decimal, written, start + 1);
        if (written.Length > 1 && written[0] == '0') return new(SqlTokenKind.Wrong, $"a number that begins with 0: {new SqlToken(SqlTokenKind.Integer, written, 0).Describe()}", start + 1);
        if (written != "0" && Peek(0) is 'l' or 'L') _at++;
        return new(SqlTokenKind.Integer, written, start + 1);
    }

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(Peek(0))) _at++;
    }

    private SqlToken Text()
    {
        var start = _at;
        var value = new StringBuilder();
        while (true)
        {
            var end = text.IndexOf('\'', _at + 1);
            if (end < 0) return new(SqlTokenKind.Wrong, "a string that does not end", start + 1);
            value.Append(text, _at + 1, end - _at - 1);
            _at = end + 1;
            if (Peek(0) != '\'') return new(SqlTokenKind.Text, value.ToString(), start + 1);
            value.Append('\'');
        }
    }

    private SqlToken Symbol()
    {
        var start = _at;
        var two = text.AsSpan(start, Math.Min(2, text.Length - start));
        var length = two is "<>" or ">=" or "<=" ? 2 : two[0] is '=' or '>' or '<' or '(' or ')' or ',' or '+' or '-' ? 1 : 0;
        if (length == 0) return new(SqlTokenKind.Wrong, $"'{text[start]}', which belongs to no expression", start + 1);
        _at += length;
        return new(SqlTokenKind.Symbol, text[start.._at], start + 1);
    }
}
