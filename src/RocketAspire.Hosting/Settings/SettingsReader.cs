using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Settings;

/// <summary>Collects what was given, wherever it was given. A switch wins over the section <c>RocketMQ</c>.</summary>
internal static class SettingsReader
{
    public const string Section = "RocketMQ";

    private static readonly string[] Names = ["topology", "engine", "data-path", "host", "port-offset", "name-servers", "publish", "output-path", "hosts", "doctor", "ready-seconds", "sample", "console", "aspire-dashboard", "telemetry",
        "container-engine", "image", "image-tag", "image-registry", "heap", "network", "volumes", "dashboard", "proxy"];

    /// <summary>Switches that need no value.</summary>
    private static readonly string[] Flags = ["doctor", "sample", "aspire-dashboard"];

    /// <summary>Switches that belong to Aspire and .NET's host.</summary>
    private static readonly string[] Foreign =
        ["operation", "publisher", "step", "environment", "contentRoot", "applicationName", "log-level", "include-exception-details", "deploy", "clear-cache"];

    /// <exception cref="RocketMQSettingException">A switch that nobody knows, or one without a value.</exception>
    public static IReadOnlyList<GivenSetting> Collect(ConfigurationManager configuration)
    {
        var given = new Dictionary<string, GivenSetting>(StringComparer.Ordinal);
        foreach (var child in configuration.GetSection(Section).GetChildren())
        {
            var name = Hyphenated(child.Key);
            if (!Names.Contains(name)) throw Unknown($"{Section}:{child.Key}", child.Key, Names.Select(Pascal), "");
            if (child.Value is { } value) given[name] = new GivenSetting(name, $"{Section}:{Pascal(name)}", value);
        }
        // The configuration would read a switch without its dashes too, and take the environment's HOST for one.
        var args = ((IConfigurationBuilder)configuration).Sources.OfType<CommandLineConfigurationSource>().Select(s => s.Args.ToList()).MaxBy(a => a.Count) ?? [];
        foreach (var setting in Switches(args)) given[setting.Name] = setting;
        return [.. given.Values];
    }

    private static IEnumerable<GivenSetting> Switches(List<string> args)
    {
        for (var i = 0; i < args.Count; i++)
        {
            var equals = args[i].IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? args[i] : args[i][..equals];
            if (!name.StartsWith("--", StringComparison.Ordinal))
            {
                // key=value is .NET's own form of a setting.
                if (equals > 0) continue;
                throw new RocketMQSettingException($"'{args[i]}' is no switch; write --name value");
            }
            var bare = name[2..];
            var isOurs = Names.Contains(bare);
            if (!isOurs && !Foreign.Contains(bare, StringComparer.OrdinalIgnoreCase) && !bare.Contains(':', StringComparison.Ordinal))
                throw Unknown(name, bare, Names, "--");
            if (equals < 0 && (i + 1 == args.Count || args[i + 1].StartsWith("--", StringComparison.Ordinal)))
            {
                if (Flags.Contains(bare))
                {
                    yield return new GivenSetting(bare, name, "true");
                    continue;
                }

                if (isOurs) throw new RocketMQSettingException($"{name}: a value is missing");
                continue;
            }
            var value = equals < 0 ? args[++i] : args[i][(equals + 1)..];
            if (isOurs) yield return new GivenSetting(bare, name, value);
        }
    }

    private static RocketMQSettingException Unknown(string shown, string word, IEnumerable<string> names, string prefix)
    {
        var all = names.ToList();
        var near = UnknownKeys.Nearest(word, all);
        return new RocketMQSettingException(near is null
            ? $"{shown}: there is no such setting; there are {string.Join(", ", all.Select(n => prefix + n))}"
            : $"{shown}: there is no such setting; did you mean {prefix}{near}?");
    }

    private static string Hyphenated(string pascal) =>
        string.Concat(pascal.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));

    private static string Pascal(string hyphenated) =>
        string.Concat(hyphenated.Split('-').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
}
