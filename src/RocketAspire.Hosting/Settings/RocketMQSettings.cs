using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using RocketAspire.Hosting.Engines;
using RocketAspire.Hosting.Publishing;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Settings;

/// <summary>What a node runs as.</summary>
public enum ClusterEngine
{
    /// <summary>A process of our own name server or broker.</summary>
    Embedded,

    /// <summary>A container of Apache's image, or of one laid out like it.</summary>
    Container,

    /// <summary>An unpacked RocketMQ on the JVM.</summary>
    Distribution,
}

/// <summary>What the user chose, checked: from switches, the environment (<c>RocketMQ__Topology</c>) or the section <c>RocketMQ</c> of the settings files.</summary>
public sealed record RocketMQSettings
{
    /// <summary>OTLP over HTTP has the highest port of all; a larger offset would push it past the last port.</summary>
    public const int MaxPortOffset = 46_000;

    public const string Loopback = "127.0.0.1";

    private const string Auto = "auto";

    /// <summary>Null when the user leaves it to the AppHost.</summary>
    public string? Topology { get; init; }

    public int? NameServers { get; init; }

    /// <summary>Null means a temporary folder that goes with the AppHost.</summary>
    public string? DataPath { get; init; }

    public ClusterEngine Engine { get; init; }

    /// <summary>The embedded engine leaves its proxy out; others have one when asked for it only.</summary>
    public bool WithoutProxy { get; init; }

    /// <summary>For <see cref="ClusterEngine.Container"/>.</summary>
    public ContainerSettings Containers { get; init; } = new();

    /// <summary>The address told to clients; null leaves it to the engine.</summary>
    public string? Host { get; init; }

    /// <summary>How long it may take to get ready before the doctor looks at it; null leaves it to the engine.</summary>
    public TimeSpan? ReadyLimit { get; init; }

    /// <summary>Whether the cluster is only started to be examined.</summary>
    public bool Doctor { get; init; }

    /// <summary>Whether the sample application runs beside the cluster.</summary>
    public bool Sample { get; init; }

    /// <summary>Whether the web console runs beside the cluster, where the AppHost has one.</summary>
    public bool Console { get; init; } = true;

    /// <summary>Whether the dashboard of resources, logs and traces runs, where the AppHost has one.</summary>
    public bool Dashboard { get; init; } = true;

    /// <summary>Whether Aspire's own dashboard takes its place, from its image.</summary>
    public bool AspireDashboard { get; init; }

    /// <summary>
    /// Whether nodes send their telemetry to the dashboard. Null means that they do beside the sample, whose orders are followed through
    /// them: it costs them start time and memory.
    /// </summary>
    public bool? Telemetry { get; init; }

    /// <summary>Added to each port; null means a free block of ports.</summary>
    public int? PortOffset { get; init; } = 0;

    /// <summary>For what the cluster is written down instead of run; null when it runs.</summary>
    public string? Publish { get; init; }

    /// <summary>Where it is written down.</summary>
    public string? OutputPath { get; init; }

    /// <summary>The machines it is written down for.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>Checks values by name; a name is told as the user wrote it.</summary>
    /// <exception cref="RocketMQSettingException">The first wrong one, in one line.</exception>
    public static RocketMQSettings Read(IReadOnlyList<GivenSetting> given)
    {
        var settings = new RocketMQSettings();
        foreach (var setting in given)
        {
            settings = setting.Name switch
            {
                "topology" => settings with { Topology = OneOf(setting, ClusterPlan.Names) },
                "engine" => OneOf(setting, ["embedded", "container", "distribution"]) switch
                {
                    "embedded" => settings with { Engine = ClusterEngine.Embedded },
                    "container" => settings with { Engine = ClusterEngine.Container },
                    _ => settings with { Engine = ClusterEngine.Distribution },
                },
                "container-engine" => settings with { Containers = settings.Containers with { Program = OneOf(setting, ["docker", "podman"]) } },
                "image" => settings with { Containers = settings.Containers with { Image = Text(setting, "the name of an image") } },
                "image-tag" => settings with { Containers = settings.Containers with { ImageTag = Text(setting, "an image's tag") } },
                "image-registry" => settings with { Containers = settings.Containers with { Registry = Text(setting, "a registry, such as registry.example.com:5000") } },
                "heap" => settings with { Containers = settings.Containers with { Heap = Heap(setting) } },
                "network" => settings with { Containers = settings.Containers with { OnHostNetwork = OneOf(setting, ["bridge", "host"]) == "host" } },
                "volumes" => settings with { Containers = settings.Containers with { Volumes = OneOf(setting, ["true", "false"]) == "true" } },
                "dashboard" => Dashboards(settings, OneOf(setting, ["true", "false"]) == "true"),
                "aspire-dashboard" => settings with { AspireDashboard = OneOf(setting, ["true", "false"]) == "true" },
                "telemetry" => settings with { Telemetry = OneOf(setting, ["true", "false"]) == "true" },
                "proxy" => settings with
                {
                    WithoutProxy = OneOf(setting, ["true", "false"]) == "false",
                    Containers = settings.Containers with { Proxy = OneOf(setting, ["true", "false"]) == "true" },
                },
                "console" => settings with { Console = OneOf(setting, ["true", "false"]) == "true" },
                "ready-seconds" => settings with { ReadyLimit = TimeSpan.FromSeconds(Number(setting, 1, 3600)) },
                "doctor" => settings with { Doctor = OneOf(setting, ["true", "false"]) == "true" },
                "sample" => settings with { Sample = OneOf(setting, ["true", "false"]) == "true" },
                "name-servers" => settings with { NameServers = Number(setting, 1, 9) },
                "data-path" => settings with { DataPath = setting.Value.Length > 0 ? setting.Value : throw Wrong(setting, "a folder") },
                "host" => settings with { Host = IPAddress.TryParse(setting.Value, out _) ? setting.Value : throw Wrong(setting, "an IP address") },
                "port-offset" => settings with { PortOffset = setting.Value == Auto ? null : Number(setting, 0, MaxPortOffset, "auto or ") },
                "publish" => settings with { Publish = OneOf(setting, PublishRequest.Names) },
                "output-path" => settings with { OutputPath = setting.Value.Length > 0 ? setting.Value : throw Wrong(setting, "a folder") },
                "hosts" => settings with { Hosts = HostList(setting) },
                _ => throw new RocketMQSettingException($"{setting.Shown}: there is no such setting"),
            };
        }
        return settings;
    }

    // In containers Apache's dashboard goes with it.
    private static RocketMQSettings Dashboards(RocketMQSettings settings, bool on) =>
        settings with { Dashboard = on, Containers = settings.Containers with { Dashboard = on } };

    private static string Text(GivenSetting setting, string what) =>
        setting.Value.Length > 0 && !setting.Value.Any(char.IsWhiteSpace) ? setting.Value : throw Wrong(setting, what);

    private static string Heap(GivenSetting setting) =>
        setting.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } options && options.All(o => o.StartsWith("-X", StringComparison.Ordinal))
            ? string.Join(' ', options)
            : throw Wrong(setting, $"options of the JVM, such as {RocketMQImages.DefaultHeap}");

    private static string OneOf(GivenSetting setting, IReadOnlyList<string> allowed) =>
        allowed.Contains(setting.Value, StringComparer.Ordinal) ? setting.Value : throw Wrong(setting, string.Join(", ", allowed));

    private static ImmutableArray<string> HostList(GivenSetting setting)
    {
        var hosts = PublishRequest.ReadHosts(setting.Value, out var twice);
        if (twice is not null) throw new RocketMQSettingException($"{setting.Shown}: {(twice.Length > 0 ? twice : "an empty one")} is given twice");
        return hosts ?? throw Wrong(setting, "IPv4 addresses parted by commas");
    }

    private static int Number(GivenSetting setting, int min, int max, string or = "") =>
        int.TryParse(setting.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw Wrong(setting, string.Create(CultureInfo.InvariantCulture, $"{or}a whole number from {min} to {max}"));

    private static RocketMQSettingException Wrong(GivenSetting setting, string allowed) => new($"{setting.Shown}: '{setting.Value}' is not allowed; allowed: {allowed}");

}

/// <summary>One setting as it was given.</summary>
/// <param name="Name">Its name in lower case with hyphens: <c>data-path</c>.</param>
/// <param name="Shown">As the user wrote it: <c>--data-path</c>, <c>RocketMQ:DataPath</c>.</param>
/// <param name="Value">Its value.</param>
public sealed record GivenSetting(string Name, string Shown, string Value);
