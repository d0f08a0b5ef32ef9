using System.Globalization;

namespace RocketAspire.Protocol.Config;

/// <summary>How the text of a value is read.</summary>
public enum ConfKind
{
    /// <summary>A 32 bit whole number.</summary>
    Int,

    /// <summary>A 64 bit whole number.</summary>
    Long,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Bool,

    /// <summary>A number with a decimal point.</summary>
    Double,

    /// <summary>Any text.</summary>
    Text,

    /// <summary>One of <see cref="BrokerConfKey.Choices"/>, upper case.</summary>
    Choice,
}

/// <summary>Who reads a key. <see cref="V4"/> was read from 4.9.8's sources, <see cref="V5"/> from 5.3.1's.</summary>
[Flags]
public enum ConfVersions
{
    None = 0,

    /// <summary>Apache RocketMQ 4.9.</summary>
    V4 = 1,

    /// <summary>Apache RocketMQ 5.</summary>
    V5 = 2,

    /// <summary>Both lines of Apache RocketMQ.</summary>
    Both = V4 | V5,

    /// <summary>RocketAspire's own node only; Apache's broker skips it without a word.</summary>
    Ours = 4,
}

/// <summary>One key of <c>broker.conf</c> (or of a name server's file): what it is called, what it may hold and what it means.</summary>
public abstract class BrokerConfKey(string name, ConfKind kind)
{
    public string Name { get; } = name;

    public ConfKind Kind { get; } = kind;

    /// <summary>The value in force when the key isn't set, as a file would write it; null when it is worked out at start.</summary>
    public string? Default { get; init; }

    /// <summary>4.9's default where it is another one than <see cref="Default"/>.</summary>
    public string? DefaultInV4 { get; init; }

    /// <summary>One line for those who set it; empty for the keys that hardly anybody sets.</summary>
    public string Meaning { get; init; } = "";

    public ConfVersions Versions { get; init; } = ConfVersions.Both;

    /// <summary>Smallest whole number that makes sense; null means any.</summary>
    public long? Minimum { get; init; }

    /// <summary>Largest whole number that makes sense; null means any.</summary>
    public long? Maximum { get; init; }

    /// <summary>All values of a <see cref="ConfKind.Choice"/>.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Why the embedded node goes its own way and doesn't look at this key; null when it honours it.</summary>
    public string? NotHonouredBecause { get; init; }

    /// <summary>Whether the embedded node behaves as this key says.</summary>
    public bool IsHonoured => NotHonouredBecause is null;

    /// <summary>What a value of this key has to look like, for messages: <c>a whole number from 1 to 65535</c>.</summary>
    public string Allowed => Kind switch
    {
        ConfKind.Int or ConfKind.Long => "a whole number" + Range(),
        ConfKind.Bool => "true or false",
        ConfKind.Double => "a number",
        ConfKind.Choice => string.Join(" or ", Choices),
        _ => "text",
    };

    /// <summary>Checks a value as it stands in a file.</summary>
    /// <returns>What is wrong with it in one clause, or null.</returns>
    public string? Check(string text)
    {
        // Java's parser takes neither a blank nor a unit, and Apache's broker then keeps its default without a word.
        switch (Kind)
        {
            case ConfKind.Int when int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var i):
                return CheckRange(i);
            case ConfKind.Long when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var l):
                return CheckRange(l);
            case ConfKind.Bool when text.Equals("true", StringComparison.OrdinalIgnoreCase) || text.Equals("false", StringComparison.OrdinalIgnoreCase):
            case ConfKind.Double when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _):
            case ConfKind.Choice when Choices.Contains(text.Trim(), StringComparer.Ordinal):
            case ConfKind.Text:
                return null;
            default:
                return $"'{text}' is not {Allowed}";
        }
    }

    public override string ToString() => Name;

    private string? CheckRange(long value) =>
        value < (Minimum ?? long.MinValue) || value > (Maximum ?? long.MaxValue) ? $"'{value}' is not {Allowed}" : null;

    private string Range() => (Minimum, Maximum) switch
    {
        ({ } low, { } high) => $" from {low} to {high}",
        ({ } low, null) => $" of at least {low}",
        (null, { } high) => $" of at most {high}",
        _ => "",
    };
}

/// <summary>A key whose values are of type <typeparamref name="T"/>: both reading and writing go through it.</summary>
public sealed class BrokerConfKey<T> : BrokerConfKey
{
    private readonly Func<string, T> _parse;
    private readonly Func<T, string> _format;

    internal BrokerConfKey(string name, ConfKind kind, T defaultValue, Func<string, T> parse, Func<T, string> format) : base(name, kind)
    {
        DefaultValue = defaultValue;
        _parse = parse;
        _format = format;
    }

    /// <summary>The value in force when the key isn't set (for a value that is worked out at start: its empty form).</summary>
    public T DefaultValue { get; }

    /// <summary>Reads a value; an unset or broken one is <see cref="DefaultValue"/>.</summary>
    public T Parse(string? text) => text is null || Check(text) is not null ? DefaultValue : _parse(text.Trim());

    /// <summary>The pair as it is written into a file.</summary>
    public KeyValuePair<string, string> With(T value) => new(Name, _format(value));

    /// <summary>A value as a file writes it.</summary>
    public string Format(T value) => _format(value);
}
