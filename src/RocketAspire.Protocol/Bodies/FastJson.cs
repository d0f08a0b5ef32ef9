namespace RocketAspire.Protocol.Bodies;

/// <summary>The text is no JSON, not even as lenient as fastjson is.</summary>
public sealed class FastJsonException(string message) : FormatException(message);

/// <summary>
/// Reads JSON as Java's fastjson writes and accepts it: keys may be bare (<c>{0:"a"}</c>, <c>{name:1}</c>) and may be objects
/// (<c>{{"queueId":0}:1}</c>), strings may be in single quotes, commas may trail.
/// </summary>
/// <remarks>Everything is bounded by the input's length: one 16-byte token a value, depth at most <see cref="MaxDepth"/>.</remarks>
public static class FastJson
{
    public const int MaxDepth = 64;

    /// <summary>More values than any body of the protocol has; keeps the token table under 64 MiB.</summary>
    public const int MaxValues = 4_000_000;

    /// <exception cref="FastJsonException">With the byte offset at which reading failed.</exception>
    public static FastJsonElement Parse(ReadOnlySpan<byte> json) => Parse(json.ToArray());

    /// <summary>As the other, without a copy: the array must not change while elements are in use.</summary>
    /// <exception cref="FastJsonException">With the byte offset at which reading failed.</exception>
    public static FastJsonElement Parse(byte[] json)
    {
        var tokens = new FastJsonParser(json).Run();
        return new FastJsonElement(new FastJsonDocument(json, tokens), 0);
    }
}

public enum FastJsonKind : byte
{
    Undefined,
    Null,
    False,
    True,
    Number,
    String,
    EscapedString,
    Array,
    Object,
}

/// <summary>One value: kind, its bytes (strings without quotes) and the index of the token after it and its children.</summary>
internal record struct FastJsonToken(FastJsonKind Kind, int Start, int Length, int Next);

internal sealed record FastJsonDocument(byte[] Json, FastJsonToken[] Tokens);
