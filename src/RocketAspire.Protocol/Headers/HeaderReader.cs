using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>A request's custom header: typed fields over <see cref="ExtFields"/>.</summary>
public interface IRequestHeader<TSelf>
    where TSelf : class, IRequestHeader<TSelf>
{
    /// <summary>Reads every field. Problems are noted in the reader; the result is then not used.</summary>
    static abstract TSelf Read(ref HeaderReader reader);

    /// <summary>The fields as they go out; null ones are left out, as Java does.</summary>
    ExtFields ToExtFields();
}

/// <summary>Reads typed headers.</summary>
public static class RequestHeader
{
    /// <summary>False with the first problem (a missing or malformed field) in words for the answer's remark.</summary>
    public static bool TryRead<T>(ExtFields fields, [NotNullWhen(true)] out T? header, [NotNullWhen(false)] out string? problem)
        where T : class, IRequestHeader<T>
    {
        var reader = new HeaderReader(fields);
        header = T.Read(ref reader);
        problem = reader.Problem;
        if (problem is null) return true;
        header = null;
        return false;
    }
}

/// <summary>Takes typed values out of header fields and keeps the first problem instead of throwing: wrong headers are a client's everyday mistake.</summary>
public ref struct HeaderReader(ExtFields fields)
{
    private readonly ExtFields _fields = fields;

    /// <summary>The first problem, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>A field that must be there; may be empty.</summary>
    public string Text(string name)
    {
        if (_fields.TryGet(name, out var text)) return text;
        Missing(name);
        return "";
    }

    public readonly string? TextOrNull(string name) => _fields[name];

    public int Int32(string name)
    {
        if (Int32OrNull(name) is { } value) return value;
        Missing(name);
        return 0;
    }

    /// <summary>Null when absent; malformed is a problem.</summary>
    public int? Int32OrNull(string name)
    {
        if (!_fields.TryGet(name, out var text)) return null;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) return value;
        Malformed(name, text);
        return 0;
    }

    public long Int64(string name)
    {
        if (Int64OrNull(name) is { } value) return value;
        Missing(name);
        return 0;
    }

    /// <summary>Null when absent; malformed is a problem.</summary>
    public long? Int64OrNull(string name)
    {
        if (!_fields.TryGet(name, out var text)) return null;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) return value;
        Malformed(name, text);
        return 0;
    }

    /// <summary>As Java's Boolean.parseBoolean: anything but "true" is false.</summary>
    public readonly bool Boolean(string name, bool fallback = false) => _fields.GetBoolean(name, fallback);

    private void Missing(string name) => Problem ??= $"header field {name} is missing";

    private void Malformed(string name, string text) =>
        Problem ??= $"header field {name} is not a number in range: {(text.Length > 40 ? text[..40] + "…" : text)}";
}
