using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using RocketAspire.Hosting.Settings;

namespace RocketAspire.Hosting.Publishing;

/// <summary>For what a cluster is written down.</summary>
public enum PublishTarget
{
    /// <summary>Machines without containers, each with its systemd units.</summary>
    Hosts,

    /// <summary>One machine with Docker or Podman.</summary>
    Compose,

    Kubernetes,
}

/// <summary>A wish to write the cluster down instead of running it.</summary>
/// <param name="Target">For what.</param>
/// <param name="OutputPath">The folder to write, as the user gave it.</param>
/// <param name="Hosts">IPv4 addresses; empty unless for hosts.</param>
/// <param name="AdvertisedHost">The address told to clients, for compose; null: that of each container.</param>
/// <param name="PortOffset">Added to each port.</param>
internal sealed record PublishRequest(PublishTarget Target, string OutputPath, ImmutableArray<string> Hosts, string? AdvertisedHost, int PortOffset)
{
    /// <summary>Images and heaps.</summary>
    public ContainerSettings Containers { get; init; } = new();

    public static IReadOnlyList<string> Names { get; } = ["hosts", "compose", "kubernetes"];

    /// <summary>As the user wrote it, for messages.</summary>
    public string Shown => "--publish " + Names[(int)Target];

    /// <returns>Null when the cluster is to run.</returns>
    /// <exception cref="RocketMQSettingException">The settings don't go together.</exception>
    public static PublishRequest? From(RocketMQSettings settings)
    {
        if (settings.Publish is not { } name)
        {
            if (settings.OutputPath is not null) throw new RocketMQSettingException("--output-path: only --publish writes there");
            if (!settings.Hosts.IsEmpty) throw OnlyHosts();
            return null;
        }
        var target = (PublishTarget)Names.ToList().IndexOf(name);
        var shown = "--publish " + name;
        if (settings.OutputPath is not { } path) throw new RocketMQSettingException($"{shown}: --output-path DIR is missing");
        if (target == PublishTarget.Hosts && settings.Hosts.IsEmpty) throw new RocketMQSettingException($"{shown}: --hosts is missing; allowed: IPv4 addresses parted by commas");
        if (target != PublishTarget.Hosts && !settings.Hosts.IsEmpty) throw OnlyHosts();
        if (settings.Sample) throw new RocketMQSettingException("--sample: has no meaning with --publish: the cluster alone is written down");
        if (settings.DataPath is not null) throw new RocketMQSettingException("--data-path: has no meaning with --publish");
        if (settings.PortOffset is not { } offset) throw new RocketMQSettingException("--port-offset auto: which ports are free elsewhere isn't known here; with --publish give a number");
        if (target == PublishTarget.Kubernetes && offset != 0) throw new RocketMQSettingException($"--port-offset: has no meaning with {shown}: each pod has all ports");
        if (settings.Host is { } host)
        {
            if (target != PublishTarget.Compose) throw new RocketMQSettingException($"--host: has no meaning with {shown}: each node tells its own address");
            if (IPAddress.IsLoopback(IPAddress.Parse(host))) throw new RocketMQSettingException($"--host: '{host}' is not allowed; allowed with {shown}: an address of this machine that containers reach too");
        }
        return new PublishRequest(target, path, settings.Hosts, settings.Host, offset) { Containers = settings.Containers };
    }

    /// <summary>Reads a list of hosts; null when it isn't one.</summary>
    /// <param name="list">Addresses parted by commas. Names are refused: brokers and clients would have to agree on what they mean.</param>
    /// <param name="twice">The first address given twice.</param>
    public static ImmutableArray<string>? ReadHosts(string list, out string? twice)
    {
        var hosts = list.Split(',', StringSplitOptions.TrimEntries);
        twice = hosts.GroupBy(h => h, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;
        return hosts.All(IsAddress) ? [.. hosts] : null;
    }

    private static bool IsAddress(string host) =>
        IPAddress.TryParse(host, out var ip) && ip.AddressFamily == AddressFamily.InterNetwork && ip.ToString() == host && !ip.Equals(IPAddress.Any);

    private static RocketMQSettingException OnlyHosts() => new("--hosts: only --publish hosts takes it");
}
