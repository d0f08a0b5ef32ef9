using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace RocketAspire.Protocol.Remoting;

/// <summary>The few string pairs of a custom header, in the order of arrival. Look-ups are linear: there are seldom more than fifteen.</summary>
public sealed class ExtFields : IEnumerable<KeyValuePair<string, string>>
{
    private KeyValuePair<string, string>[] _pairs = [];
    private int _count;

    public int Count => _count;

    /// <summary>Reads null when absent; setting null removes nothing and adds nothing (Java leaves null fields out).</summary>
    public string? this[string key]
    {
        get => TryGet(key, out var value) ? value : null;
        set
        {
            if (value is not null) Set(key, value);
        }
    }

    public void Add(string key, string? value) => this[key] = value;

    public void Add(string key, long value) => Set(key, value.ToString(CultureInfo.InvariantCulture));

    public void Add(string key, bool value) => Set(key, value ? "true" : "false");

    public bool TryGet(string key, [NotNullWhen(true)] out string? value)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_pairs[i].Key == key)
            {
                value = _pairs[i].Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <summary>The field as an integer, or <paramref name="fallback"/> when absent or not a number.</summary>
    public int GetInt32(string key, int fallback) =>
        TryGet(key, out var text) && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : fallback;

    /// <summary>The field as a long integer, or <paramref name="fallback"/> when absent or not a number.</summary>
    public long GetInt64(string key, long fallback) =>
        TryGet(key, out var text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : fallback;

    /// <summary>The field as Java's Boolean.parseBoolean reads it, or <paramref name="fallback"/> when absent.</summary>
    public bool GetBoolean(string key, bool fallback) =>
        TryGet(key, out var text) ? text.Equals("true", StringComparison.OrdinalIgnoreCase) : fallback;

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        for (var i = 0; i < _count; i++) yield return _pairs[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => string.Join(',', this.Select(static pair => $"{pair.Key}={pair.Value}"));

    /// <summary>The pairs without an enumerator's allocation.</summary>
    public ReadOnlySpan<KeyValuePair<string, string>> AsSpan() => _pairs.AsSpan(0, _count);

    private void Set(string key, string value)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_pairs[i].Key == key)
            {
                _pairs[i] = new(key, value);
                return;
            }
        }

        if (_count == _pairs.Length) Array.Resize(ref _pairs, Math.Max(8, _count * 2));
        _pairs[_count++] = new(key, value);
    }
}
