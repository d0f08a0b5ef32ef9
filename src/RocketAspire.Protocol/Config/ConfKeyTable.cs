using System.Globalization;

namespace RocketAspire.Protocol.Config;

/// <summary>Declares typed keys and remembers them, so that a declaration stands in one place only.</summary>
internal sealed class ConfKeyTable
{
    private readonly List<BrokerConfKey> _keys = new(128);

    public IReadOnlyList<BrokerConfKey> Keys => _keys;

    public BrokerConfKey<int> Int(string name, int value, string meaning, long? min = 0, long? max = null, ConfVersions versions = ConfVersions.Both, string? notHonoured = null, string? inV4 = null) =>
        Add(new BrokerConfKey<int>(name, ConfKind.Int, value, text => int.Parse(text, CultureInfo.InvariantCulture), v => v.ToString(CultureInfo.InvariantCulture))
        {
            Default = value.ToString(CultureInfo.InvariantCulture),
            DefaultInV4 = inV4,
            Meaning = meaning,
            Minimum = min,
            Maximum = max,
            Versions = versions,
            NotHonouredBecause = notHonoured,
        });

    public BrokerConfKey<long> Long(string name, long value, string meaning, long? min = 0, long? max = null, ConfVersions versions = ConfVersions.Both, string? notHonoured = null, string? inV4 = null) =>
        Add(new BrokerConfKey<long>(name, ConfKind.Long, value, text => long.Parse(text, CultureInfo.InvariantCulture), v => v.ToString(CultureInfo.InvariantCulture))
        {
            Default = value.ToString(CultureInfo.InvariantCulture),
            DefaultInV4 = inV4,
            Meaning = meaning,
            Minimum = min,
            Maximum = max,
            Versions = versions,
            NotHonouredBecause = notHonoured,
        });

    public BrokerConfKey<bool> Bool(string name, bool value, string meaning, ConfVersions versions = ConfVersions.Both, string? notHonoured = null) =>
        Add(new BrokerConfKey<bool>(name, ConfKind.Bool, value, text => text.Equals("true", StringComparison.OrdinalIgnoreCase), v => v ? "true" : "false")
        {
            Default = value ? "true" : "false",
            Meaning = meaning,
            Versions = versions,
            NotHonouredBecause = notHonoured,
        });

    /// <param name="name">The key.</param>
    /// <param name="value">Its default; null when the node works it out at start (read as the empty text).</param>
    /// <param name="meaning">One line.</param>
    /// <param name="versions">Who reads it.</param>
    /// <param name="notHonoured">Why the embedded node doesn't.</param>
    public BrokerConfKey<string> Text(string name, string? value, string meaning, ConfVersions versions = ConfVersions.Both, string? notHonoured = null) =>
        Add(new BrokerConfKey<string>(name, ConfKind.Text, value ?? "", text => text, v => v)
        {
            Default = value,
            Meaning = meaning,
            Versions = versions,
            NotHonouredBecause = notHonoured,
        });

    public BrokerConfKey<T> Choice<T>(string name, T value, string meaning, params (string Text, T Value)[] choices) where T : struct, Enum =>
        Add(new BrokerConfKey<T>(
            name,
            ConfKind.Choice,
            value,
            text => Array.Find(choices, c => c.Text == text).Value,
            v => Array.Find(choices, c => EqualityComparer<T>.Default.Equals(c.Value, v)).Text)
        {
            Default = Array.Find(choices, c => EqualityComparer<T>.Default.Equals(c.Value, value)).Text,
            Meaning = meaning,
            Choices = Array.ConvertAll(choices, c => c.Text),
        });

    private BrokerConfKey<T> Add<T>(BrokerConfKey<T> key)
    {
        _keys.Add(key);
        return key;
    }
}
