namespace RocketAspire.Protocol.Messages;

/// <summary>Java's string hash, which the disk format is built on: tag codes and index slots.</summary>
/// <remarks>Source: https://docs.oracle.com/javase/8/docs/api/java/lang/String.html#hashCode--</remarks>
public static class JavaString
{
    /// <summary>s[0]*31^(n-1) + … + s[n-1] over UTF-16 units, wrapping at 32 bits.</summary>
    public static int HashCode(ReadOnlySpan<char> s) => Continue(0, s);

    /// <inheritdoc cref="HashCode(ReadOnlySpan{char})"/>
    public static int HashCode(string s) => Continue(0, s);

    /// <summary>The hash of a + s, when <paramref name="hash"/> is that of a: saves joining the two.</summary>
    public static int Continue(int hash, ReadOnlySpan<char> s)
    {
        foreach (var c in s) hash = unchecked((31 * hash) + c);
        return hash;
    }
}
