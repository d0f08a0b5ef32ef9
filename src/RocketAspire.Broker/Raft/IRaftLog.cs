using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>The log as the core sees it: read only, the driver writes. The store in the broker, a model in the simulation.</summary>
/// <remarks>Offsets are physical, in bytes, at records' boundaries.</remarks>
public interface IRaftLog
{
    /// <summary>First byte of the oldest file. Everything before it is committed.</summary>
    long Start { get; }

    /// <summary>One past the last whole record. On a leader producers move it at any time.</summary>
    long End { get; }

    /// <summary>What may be acknowledged, a boundary: fsynced with SYNC_FLUSH, <see cref="End"/> with ASYNC_FLUSH.</summary>
    long Durable { get; }

    /// <summary>Where terms begin, ascending; a term may stand there again for each further marker of it.</summary>
    IReadOnlyList<TermEntry> Terms { get; }

    /// <summary>Whole records from a boundary on: at most so many bytes (but at least one record), never across the start of another term. Empty at the end, and before <see cref="Start"/>.</summary>
    ReadOnlyMemory<byte> Read(long from, int maxBytes);
}
