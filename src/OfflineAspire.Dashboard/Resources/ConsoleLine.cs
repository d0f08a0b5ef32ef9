using System.Globalization;
using System.Text;
using OfflineAspire.ResourceProtocol;

namespace OfflineAspire.Dashboard.Resources;

/// <summary>A piece of a line in one style.</summary>
/// <param name="Text">What stands there.</param>
/// <param name="Css">Classes for its colours; empty for none.</param>
public readonly record struct StyledText(string Text, string Css);

/// <summary>A line of a resource's console: its time apart, its colours as style classes, and no other control characters.</summary>
public sealed class ConsoleLine
{
    /// <summary>What is longer is cut: nobody reads it, and a browser lays it out.</summary>
    private const int MostCharacters = 8_000;

    private ConsoleLine(int number, bool isError, DateTimeOffset? at, IReadOnlyList<StyledText> parts)
    {
        Number = number;
        IsError = isError;
        At = at;
        Parts = parts;
        Text = parts.Count == 1 ? parts[0].Text : string.Concat(parts.Select(static p => p.Text));
    }

    public int Number { get; }

    public bool IsError { get; }

    public DateTimeOffset? At { get; }

    public IReadOnlyList<StyledText> Parts { get; }

    public string Text { get; }

    public static ConsoleLine Of(ConsoleLogLine line)
    {
        var text = line.Text;
        DateTimeOffset? at = null;
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        if (space is > 18 and < 36 && text[10] == 'T' && DateTimeOffset.TryParse(text.AsSpan(0, space), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            at = time;
            text = text[(space + 1)..];
        }

        return new ConsoleLine(line.LineNumber, line.IsStdErr, at, Parse(text.Length > MostCharacters ? text[..MostCharacters] + " …" : text));
    }

    /// <summary>Reads the colours of ECMA-48's SGR (<c>ESC [ … m</c>); other sequences and control characters are left out.</summary>
    internal static IReadOnlyList<StyledText> Parse(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001f') && !text.Contains('\u007f', StringComparison.Ordinal)) return [new StyledText(text, "")];
        var parts = new List<StyledText>();
        var plain = new StringBuilder();
        var style = new Style();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\u001b')
            {
                var end = EndOfSequence(text, i, out var codes);
                if (codes is not null)
                {
                    Flush();
                    style = style.With(codes);
                }

                i = end;
            }
            else if (text[i] == '\t') plain.Append("    ");
            else if (!char.IsControl(text[i])) plain.Append(text[i]);
        }

        Flush();
        return parts;

        void Flush()
        {
            if (plain.Length > 0) parts.Add(new StyledText(plain.ToString(), style.Css));
            plain.Clear();
        }
    }

    /// <returns>The index of the sequence's last character; the codes only of one that sets colours.</returns>
    private static int EndOfSequence(string text, int start, out string? codes)
    {
        codes = null;
        if (start + 1 >= text.Length) return start;
        if (text[start + 1] == ']')
        {
            // An operating system command ends with BEL or ESC \.
            var bell = text.AsSpan(start + 2).IndexOfAny('\u0007', '\u001b');
            return bell < 0 ? text.Length - 1 : text[start + 2 + bell] == '\u0007' ? start + 2 + bell : Math.Min(text.Length - 1, start + 3 + bell);
        }

        if (text[start + 1] != '[') return start + 1;
        for (var i = start + 2; i < text.Length; i++)
        {
            if (text[i] is < '@' or > '~') continue;
            if (text[i] == 'm') codes = text[(start + 2)..i];
            return i;
        }

        return text.Length - 1;
    }

    /// <summary>Colours 0 to 15; -1 for none.</summary>
    private readonly record struct Style
    {
        public Style()
        {
        }

        private int Front { get; init; } = -1;

        private int Back { get; init; } = -1;

        private bool Bold { get; init; }

        public string Css => string.Join(' ', new[] { Front < 0 ? null : $"f{Front}", Back < 0 ? null : $"b{Back}", Bold ? "bold" : null }.Where(static c => c is not null));

        public Style With(string codes)
        {
            var style = this;
            var numbers = codes.Split(';').Select(static c => int.TryParse(c, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0).ToList();
            for (var i = 0; i < numbers.Count; i++)
            {
                style = numbers[i] switch
                {
                    0 => new Style(),
                    1 => style with { Bold = true },
                    22 => style with { Bold = false },
                    >= 30 and <= 37 and var n => style with { Front = n - 30 },
                    39 => style with { Front = -1 },
                    >= 40 and <= 47 and var n => style with { Back = n - 40 },
                    49 => style with { Back = -1 },
                    >= 90 and <= 97 and var n => style with { Front = n - 82 },
                    >= 100 and <= 107 and var n => style with { Back = n - 92 },
                    _ => style,
                };
                // Of 256 colours the first 16 are these; true colours aren't shown.
                if (numbers[i] is not (38 or 48)) continue;
                if (i + 2 < numbers.Count && numbers[i + 1] == 5)
                {
                    var colour = numbers[i + 2] < 16 ? numbers[i + 2] : -1;
                    style = numbers[i] == 38 ? style with { Front = colour } : style with { Back = colour };
                    i += 2;
                }
                else i += 4;
            }

            return style;
        }
    }
}
