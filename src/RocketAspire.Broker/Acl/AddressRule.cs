using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace RocketAspire.Broker.Acl;

/// <summary>
/// A white address: <c>*</c>; <c>192.168.0.1</c>; <c>192.168.0.1,192.168.0.2</c>; <c>192.168.0.{1,2}</c>; <c>192.168.0.*</c>,
/// <c>192.168.1-9.*</c>; and the same of IPv6 (<c>2::ac5:78:1-200:*</c>, <c>5::7:6:{1,2}</c>). What comes after the first range is
/// free, as in Apache's broker.
/// </summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/acl/src/main/java/org/apache/rocketmq/acl/plain/RemoteAddressStrategyFactory.java</remarks>
internal sealed class AddressRule
{
    private readonly bool _everything;
    private readonly IPAddress[] _addresses = [];

    // A range: parts that must be equal, then one between two bounds.
    private readonly int[]? _head;
    private readonly int _from;
    private readonly int _to;
    private readonly AddressFamily _family;

    private AddressRule(bool everything) => _everything = everything;

    private AddressRule(IPAddress[] addresses) => _addresses = addresses;

    private AddressRule(AddressFamily family, int[] head, (int From, int To) range)
    {
        _family = family;
        _head = head;
        (_from, _to) = range;
    }

    /// <summary>As it was written.</summary>
    public string Text { get; private set; } = "";

    /// <exception cref="AclException">It is none of the forms.</exception>
    public static AddressRule Parse(string? text)
    {
        text = text?.Trim() ?? "";
        var rule = Read(text);
        rule.Text = text;
        return rule;
    }

    private static AddressRule Read(string text)
    {
        if (text.Length == 0) return new AddressRule(everything: false);
        if (text is "*" or "*.*.*.*" or "*:*:*:*:*:*:*:*") return new AddressRule(everything: true);
        if (text.EndsWith('}')) return new AddressRule(Listed(text));
        if (text.Contains(',')) return new AddressRule([.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(part => Single(part, text))]);
        if (text.Contains('*') || text.Contains('-')) return text.Contains(':') ? Range6(text) : Range4(text);
        return new AddressRule([Single(text, text)]);
    }

    public bool Matches(IPAddress remote)
    {
        if (_everything) return true;
        if (_head is null) return Array.IndexOf(_addresses, remote) >= 0;
        if (remote.AddressFamily != _family) return false;
        Span<byte> bytes = stackalloc byte[16];
        remote.TryWriteBytes(bytes, out _);
        for (var i = 0; i < _head.Length; i++)
        {
            if (Part(bytes, i) != _head[i]) return false;
        }

        var value = Part(bytes, _head.Length);
        return value >= _from && value <= _to;
    }

    private int Part(ReadOnlySpan<byte> bytes, int index) =>
        _family == AddressFamily.InterNetwork ? bytes[index] : (bytes[2 * index] << 8) | bytes[(2 * index) + 1];

    private static IPAddress[] Listed(string text)
    {
        var open = text.IndexOf('{');
        var separator = text.Contains(':') ? ':' : '.';
        if (open <= 0 || text[open - 1] != separator) throw Wrong(text);
        var head = text[..open];
        return [.. text[(open + 1)..^1].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(last => Single(head + last.Trim(), text))];
    }

    private static AddressRule Range4(string text)
    {
        var parts = text.Split('.');
        if (parts.Length != 4) throw Wrong(text);
        for (var i = 1; i < parts.Length; i++)
        {
            if (!IsRange(parts[i].Trim())) continue;
            var head = Array.ConvertAll(parts[..i], part => Number(part.Trim(), 10, 255, text));
            return new AddressRule(AddressFamily.InterNetwork, head, Bounds(parts[i].Trim(), 10, 255, text));
        }

        throw Wrong(text);
    }

    /// <summary>The last part may be *, it or the one before it a range.</summary>
    private static AddressRule Range6(string text)
    {
        var star = text.IndexOf('*');
        if (star >= 0 && star != text.Length - 1) throw Wrong(text);
        var minus = text.Contains('-');
        var cut = text.LastIndexOf(':');
        if (star >= 0 && minus) cut = text.LastIndexOf(':', Math.Max(cut - 1, 0));
        if (cut <= 0) throw Wrong(text);
        var head = Expand(text[..cut], star >= 0 && minus ? 6 : 7, text);
        var range = text[(cut + 1)..].Split(':')[0];
        if (!IsRange(range)) throw Wrong(text);
        return new AddressRule(AddressFamily.InterNetworkV6, head, Bounds(range, 16, 0xffff, text));
    }

    /// <summary>The parts of an address's beginning; <c>::</c> stands for as many zeros as are missing to <paramref name="count"/>.</summary>
    private static int[] Expand(string head, int count, string text)
    {
        var gap = head.IndexOf("::", StringComparison.Ordinal);
        if (gap < 0) return Parts(head);
        int[] before = Parts(head[..gap]), after = Parts(head[(gap + 2)..]);
        if (before.Length + after.Length >= count) throw Wrong(text);
        return [.. before, .. new int[count - before.Length - after.Length], .. after];

        int[] Parts(string part) => part.Length == 0 ? [] : Array.ConvertAll(part.Split(':'), p => Number(p, 16, 0xffff, text));
    }

    private static bool IsRange(string part) => part == "*" || part.Contains('-');

    private static (int From, int To) Bounds(string part, int radix, int max, string text)
    {
        if (part == "*") return (0, max);
        var ends = part.Split('-');
        if (ends.Length != 2) throw Wrong(text);
        var (from, to) = (Number(ends[0], radix, max, text), Number(ends[1], radix, max, text));
        return from <= to ? (from, to) : throw Wrong(text);
    }

    private static int Number(string part, int radix, int max, string text)
    {
        var style = radix == 16 ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return part.Length is > 0 and <= 4 && int.TryParse(part, style, CultureInfo.InvariantCulture, out var value) && value <= max ? value : throw Wrong(text);
    }

    private static IPAddress Single(string part, string text)
    {
        part = part.Trim();
        if (part.Contains(':')) return IPAddress.TryParse(part, out var six) && six.AddressFamily == AddressFamily.InterNetworkV6 ? six : throw Wrong(text);
        var parts = part.Split('.');
        if (parts.Length != 4) throw Wrong(text);
        return new IPAddress(Array.ConvertAll(parts, p => (byte)Number(p, 10, 255, text)));
    }

    private static AclException Wrong(string text) => new($"Netaddress examine scope Exception netaddress is {text}");
}
