using System.Globalization;
using System.Text;

namespace RocketAspire.Protocol.Config;

/// <summary>One key with its value and the line (from 1) on which it begins.</summary>
public readonly record struct PropertyLine(int Line, string Key, string Value);

/// <summary>
/// A Java <c>.properties</c> file: <c>key=value</c>, <c>key:value</c> or <c>key value</c>, comments with <c>#</c> and <c>!</c>,
/// lines that go on after a backslash, <c>\uXXXX</c>. Blanks after a value belong to it.
/// </summary>
/// <remarks>Source: <c>https://docs.oracle.com/javase/8/docs/api/java/util/Properties.html#load-java.io.Reader-</c>.</remarks>
public sealed class PropertiesFile
{
    private readonly List<PropertyLine> _lines;
    private readonly Dictionary<string, PropertyLine> _last;

    private PropertiesFile(List<PropertyLine> lines)
    {
        _lines = lines;
        _last = new Dictionary<string, PropertyLine>(lines.Count, StringComparer.Ordinal);
        foreach (var line in lines) _last[line.Key] = line;
    }

    /// <summary>Every pair in the file's order, also those that a later line overrides.</summary>
    public IReadOnlyList<PropertyLine> Lines => _lines;

    public static PropertiesFile Empty { get; } = new([]);

    public static PropertiesFile Parse(string text)
    {
        var lines = new List<PropertyLine>();
        var logical = new StringBuilder();
        var first = 0;
        var number = 0;
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            number++;
            var line = NextLine(ref rest).TrimStart(" \t\f");
            if (logical.Length == 0)
            {
                if (line.IsEmpty || line[0] is '#' or '!') continue;
                first = number;
            }
            if (GoesOn(line))
            {
                logical.Append(line[..^1]);
                continue;
            }
            logical.Append(line);
            lines.Add(Split(first, logical.ToString()));
            logical.Clear();
        }
        if (logical.Length > 0) lines.Add(Split(first, logical.ToString()));
        return new PropertiesFile(lines);
    }

    /// <summary>Reads the file's bytes as Java does: one byte a character, whatever they were meant to be.</summary>
    public static PropertiesFile Parse(ReadOnlySpan<byte> bytes) => Parse(Encoding.Latin1.GetString(bytes));

    public static PropertiesFile From(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var lines = new List<PropertyLine>();
        foreach (var (key, value) in pairs) lines.Add(new PropertyLine(lines.Count + 1, key, value));
        return new PropertiesFile(lines);
    }

    /// <summary>The value in force (the last one), or null.</summary>
    public string? Get(string key) => _last.TryGetValue(key, out var line) ? line.Value : null;

    public bool TryGet(string key, out PropertyLine line) => _last.TryGetValue(key, out line);

    /// <summary>The text of a file with these pairs, one a line, in ASCII, so that Java and we read the same.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in pairs)
        {
            Escape(text, key, isKey: true);
            text.Append('=');
            Escape(text, value, isKey: false);
            text.Append('\n');
        }
        return text.ToString();
    }

    public string Write() => Write(_lines.Select(l => new KeyValuePair<string, string>(l.Key, l.Value)));

    /// <summary>Lines end with LF, CR or both; a form feed is a blank, unlike to <see cref="MemoryExtensions.EnumerateLines(ReadOnlySpan{char})"/>.</summary>
    private static ReadOnlySpan<char> NextLine(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny('\r', '\n');
        var line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(rest[end..].StartsWith("\r\n") ? end + 2 : end + 1)..];
        return line;
    }

    private static bool GoesOn(ReadOnlySpan<char> line)
    {
        var slashes = 0;
        while (slashes < line.Length && line[line.Length - 1 - slashes] == '\\') slashes++;
        return slashes % 2 == 1;
    }

    private static PropertyLine Split(int number, string line)
    {
        var end = 0;
        while (end < line.Length && line[end] is not ('=' or ':' or ' ' or '\t' or '\f'))
            end += line[end] == '\\' && end + 1 < line.Length ? 2 : 1;
        var value = line.AsSpan(end).TrimStart(" \t\f");
        if (!value.IsEmpty && value[0] is '=' or ':') value = value[1..].TrimStart(" \t\f");
        return new PropertyLine(number, Unescape(line.AsSpan(0, end)), Unescape(value));
    }

    private static string Unescape(ReadOnlySpan<char> text)
    {
        if (!text.Contains('\\')) return text.ToString();
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                plain.Append(text[i]);
                continue;
            }
            i++;
            // Java refuses a file with a broken \u; reading on with the letter itself loses nothing and lets the linter point at the value.
            if (text[i] == 'u' && i + 4 < text.Length && ushort.TryParse(text.Slice(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                plain.Append((char)code);
                i += 4;
                continue;
            }
            plain.Append(text[i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', var c => c });
        }
        return plain.ToString();
    }

    private static void Escape(StringBuilder text, string part, bool isKey)
    {
        for (var i = 0; i < part.Length; i++)
        {
            var c = part[i];
            switch (c)
            {
                case '\\': text.Append("\\\\"); break;
                case '\t': text.Append("\\t"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\f': text.Append("\\f"); break;
                case ' ' when isKey || i == 0: text.Append("\\ "); break;
                case '=' or ':' or '#' or '!' when isKey: text.Append('\\').Append(c); break;
                case < ' ' or > '~': text.Append("\\u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture)); break;
                default: text.Append(c); break;
            }
        }
    }
}
