using System.Collections.Immutable;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Doctor;

/// <summary>Everything the checks judge by, gathered at one time. They ask nobody themselves.</summary>
internal sealed record ClusterFacts
{
    public required ImmutableArray<NameServerFacts> NameServers { get; init; }

    public required ImmutableArray<BrokerFacts> Brokers { get; init; }

    /// <summary>Whether the AppHost wrote the brokers' files; otherwise a broker's file is what it says itself.</summary>
    public bool IsGenerated { get; init; } = true;

    /// <summary>Null when the nodes run elsewhere.</summary>
    public MachineFacts? Machine { get; init; }
}

/// <summary>What a name server says.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Address">Where it was asked.</param>
/// <param name="Unreachable">Why it can't be asked; null when it answered.</param>
/// <param name="Sees">The brokers that it knows; null when it didn't answer.</param>
internal sealed record NameServerFacts(string Name, string Address, string? Unreachable, ClusterInfo? Sees);

/// <summary>What a broker says and what is found at its place.</summary>
internal sealed record BrokerFacts(BrokerNode Node)
{
    /// <summary>Why it can't be asked at its advertised address; null when it answered.</summary>
    public string? Unreachable { get; init; }

    /// <summary>Why it answers and doesn't tell what it is asked; null when it tells.</summary>
    public string? Refusal { get; init; }

    /// <summary>Its settings in force, as it tells them; null when it doesn't.</summary>
    public PropertiesFile? InForce { get; init; }

    public IReadOnlyDictionary<string, string> Runtime { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>How far its time of day is ahead of this machine's; null when it doesn't tell. Exact to about a second.</summary>
    public TimeSpan? ClockAhead { get; init; }

    /// <summary>Its other ports that were tried.</summary>
    public ImmutableArray<PortFacts> Ports { get; init; } = [];

    /// <summary>Null when its store lies elsewhere.</summary>
    public StoreFacts? Store { get; init; }

    /// <summary>For a copy: what it lacks of its leader's log after a while of waiting, bytes; null when that can't be told.</summary>
    public long? BytesBehind { get; init; }

    /// <summary>Whether its log grew in that while.</summary>
    public bool IsCatchingUp { get; init; }

    public string Name => Node.Name;
}

/// <summary>One port that a broker should listen on.</summary>
/// <param name="What">What it is for: <c>the HA port (listenPort + 1)</c>.</param>
/// <param name="Address"><c>ip:port</c>.</param>
/// <param name="Problem">Why nobody gets through; null when one does.</param>
/// <param name="IsForClients">Whether clients use it; brokers among themselves otherwise.</param>
internal sealed record PortFacts(string What, string Address, string? Problem, bool IsForClients);

/// <summary>Where a broker keeps its messages.</summary>
/// <param name="Path">The folder.</param>
/// <param name="WriteProblem">Why nothing can be written there; null when it can.</param>
/// <param name="FreeBytes">What is free on its disk.</param>
/// <param name="TotalBytes">How large that disk is.</param>
internal sealed record StoreFacts(string Path, string? WriteProblem, long FreeBytes, long TotalBytes);

/// <summary>The machine that the nodes run on.</summary>
/// <param name="MemoryBytes">What it has.</param>
/// <param name="LimitBytes">What a control group leaves of it; null when none does.</param>
/// <param name="HeapBytes">The most that one node's heap may take; null for nodes that have none of a fixed size.</param>
/// <param name="Nodes">How many nodes share it.</param>
internal sealed record MachineFacts(long MemoryBytes, long? LimitBytes, long? HeapBytes, int Nodes);
