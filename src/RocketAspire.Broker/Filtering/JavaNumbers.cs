using System.Globalization;

namespace RocketAspire.Broker.Filtering;

/// <summary>Reads and orders numbers as Java does, since consumers see which messages that lets through.</summary>
/// <remarks>Source: https://docs.oracle.com/javase/8/docs/api/java/lang/Double.html#valueOf-java.lang.String- and compareTo there</remarks>
internal static class JavaNumbers
{
    /// <summary>An optional sign and digits, nothing else; within 64 bits.</summary>
    public static bool TryInt64(string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    /// <summary>Blanks around it and a d or f behind it are allowed; hexadecimal ones aren't read.</summary>
    public static bool TryDouble(string text, out double value)
    {
        value = 0;
        var rest = text.AsSpan();
        while (rest is [<= ' ', ..]) rest = rest[1..];
        while (rest is [.., <= ' ']) rest = rest[..^1];
        var sign = rest is ['+' or '-', ..] ? rest[0] : '+';
        var body = rest is ['+' or '-', ..] ? rest[1..] : rest;
        if (body is "NaN" or "Infinity")
        {
            value = body is "NaN" ? double.NaN : sign == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }

        if (body is [.., 'd' or 'D' or 'f' or 'F']) body = body[..^1];
        if (body.IsEmpty || !(char.IsAsciiDigit(body[0]) || body[0] == '.')) return false;
        if (!double.TryParse(body, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value)) return false;
        if (sign == '-') value = -value;
        return true;
    }

    /// <summary>NaN is the greatest and equals itself, 0.0 is greater than -0.0.</summary>
    public static int Compare(double left, double right)
    {
        if (left < right) return -1;
        if (left > right) return 1;
        var a = double.IsNaN(left) ? long.MaxValue : BitConverter.DoubleToInt64Bits(left);
        var b = double.IsNaN(right) ? long.MaxValue : BitConverter.DoubleToInt64Bits(right);
        return a.CompareTo(b);
    }
}
