namespace RocketAspire.Faults;

/// <summary>Seen from this node.</summary>
[Flags]
public enum FaultDirection
{
    None = 0,

    /// <summary>What comes from the peer.</summary>
    In = 1,

    /// <summary>What goes to the peer.</summary>
    Out = 2,

    Both = In | Out,
}

/// <summary>What is done to the connections with one peer.</summary>
public sealed record PeerFaults
{
    public static PeerFaults None { get; } = new();

    /// <summary>Bytes in this direction stay on their way until it is healed, as in a network that was parted; no connection is made meanwhile.</summary>
    public FaultDirection Isolated { get; init; }

    /// <summary>Connections are broken, and new ones refused.</summary>
    public bool IsRefused { get; init; }

    /// <summary>How much later each piece goes out; many may be on their way at once.</summary>
    public int DelayMs { get; init; }

    /// <summary>How many of a hundred pieces going out are lost.</summary>
    public double DropPercent { get; init; }

    /// <summary>How many of a hundred pieces going out are sent twice.</summary>
    public double DuplicatePercent { get; init; }

    /// <summary>A piece that goes out can't simply be written.</summary>
    internal bool TouchesOutput => (Isolated & FaultDirection.Out) != 0 || DelayMs > 0 || DropPercent > 0 || DuplicatePercent > 0;

    /// <summary>Both at once: of each the worse.</summary>
    internal PeerFaults With(PeerFaults other) => new()
    {
        Isolated = Isolated | other.Isolated,
        IsRefused = IsRefused || other.IsRefused,
        DelayMs = Math.Max(DelayMs, other.DelayMs),
        DropPercent = Math.Max(DropPercent, other.DropPercent),
        DuplicatePercent = Math.Max(DuplicatePercent, other.DuplicatePercent),
    };
}
