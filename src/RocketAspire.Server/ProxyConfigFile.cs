using System.Globalization;
using System.Text.Json;

namespace RocketAspire.Server;

/// <summary><c>rmq-proxy.json</c> as Apache's proxy reads it: the settings that count here, by their names there.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/config/ProxyConfig.java</remarks>
internal sealed class ProxyConfigFile
{
    private const int MaxBytes = 1024 * 1024;

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private ProxyConfigFile(string? path) => Path = path;

    /// <summary>Null: there is no file, and each setting is as if it weren't set.</summary>
    public string? Path { get; }

    /// <summary>Settings that nobody asked for: they have no effect here.</summary>
    public IReadOnlyList<string> Unused => [.. _values.Keys.Except(_asked, StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <exception cref="CommandException">The file isn't there, or isn't a JSON object.</exception>
    public static ProxyConfigFile Read(string? path)
    {
        var config = new ProxyConfigFile(path);
        if (path is null) return config;
        try
        {
            if (Directory.Exists(path)) throw new CommandException(ExitCode.Configuration, $"proxy: {path} is a folder, not a settings file");
            if (!File.Exists(path)) throw new CommandException(ExitCode.Configuration, $"proxy: there is no settings file {path}");
            if (new FileInfo(path).Length > MaxBytes) throw new CommandException(ExitCode.Configuration, $"proxy: {path} is larger than {MaxBytes} bytes, so no settings file");
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), Lenient);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw config.Wrong("", "must be a JSON object");
            foreach (var member in document.RootElement.EnumerateObject()) config._values[member.Name] = member.Value.Clone();
        }
        catch (JsonException e)
        {
            throw new CommandException(ExitCode.Configuration, $"proxy: {path}: line {(e.LineNumber ?? 0) + 1}: not JSON");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Configuration, $"proxy: the settings file {path} can't be read: {e.Message}");
        }

        return config;
    }

    /// <summary>Null when it isn't set, or empty.</summary>
    public string? Text(string name) => Find(name) is not { } value ? null : value.ValueKind switch
    {
        JsonValueKind.String => string.IsNullOrWhiteSpace(value.GetString()) ? null : value.GetString(),
        JsonValueKind.Number or JsonValueKind.Object => value.GetRawText(),
        _ => throw Wrong(name, "must be text"),
    };

    /// <summary>Null when it isn't set.</summary>
    public bool? Flag(string name) => Find(name) is not { } value ? null : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String when bool.TryParse(value.GetString(), out var flag) => flag,
        _ => throw Wrong(name, "must be true or false"),
    };

    /// <summary>Null when it isn't set.</summary>
    public int? Number(string name, int min, int max = int.MaxValue)
    {
        if (Find(name) is not { } value) return null;
        var isNumber = value.ValueKind == JsonValueKind.Number ? value.TryGetInt32(out var number)
            : int.TryParse(value.ValueKind == JsonValueKind.String ? value.GetString() : null, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
        return isNumber && number >= min && number <= max ? number : throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {min} to {max}"));
    }

    public CommandException Wrong(string name, string problem) => new(ExitCode.Configuration, $"proxy: {Path}: {(name.Length > 0 ? name + ": " : "")}{problem}");

    private JsonElement? Find(string name)
    {
        _asked.Add(name);
        return _values.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}
