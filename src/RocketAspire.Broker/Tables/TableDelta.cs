using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker;

/// <summary>One entry of a table: its JSON as the table writes it, or null when it is removed.</summary>
public sealed record TableEntry(string Key, byte[]? Json);

/// <summary>
/// Entries of a table as they stand at one moment. It says what they are, not how they changed, so applying it again, or
/// applying older ones and then it, ends the same.
/// </summary>
/// <param name="Table">The table's file name, such as topics.json.</param>
/// <param name="Version">The table's version at that moment; null for tables that have none.</param>
/// <param name="Entries">In any order, each key once; may be empty when only the version changed.</param>
public sealed record TableDelta(string Table, DataVersion? Version, IReadOnlyList<TableEntry> Entries);

/// <summary>A table whose changes can be told one by one, so that they can be records of the log.</summary>
/// <remarks>
/// Three states: as made, local changes are taken and not noted (master and slave); open, they are taken and noted (the leader
/// of a Raft group); closed, they are refused and only <see cref="Apply"/> changes it (its followers).
/// </remarks>
public interface ILoggedTable : IReplicatedTable
{
    /// <summary>Whether <see cref="TakeChanges"/> would give something. Read without a lock.</summary>
    bool HasChanges { get; }

    /// <summary>From now on local changes are taken and noted.</summary>
    void Open();

    /// <summary>From now on local changes are refused. Answers the keys of those that were noted and not taken; the table keeps them until it is put back.</summary>
    IReadOnlyList<string> Close();

    /// <summary>The entries that local changes touched since the last call, as they are now; null when there were none.</summary>
    TableDelta? TakeChanges();

    /// <summary>Notes entries as changed, every one when none is named.</summary>
    void Note(IEnumerable<string>? keys = null);

    /// <summary>These entries as they are now; those that don't exist as removed.</summary>
    TableDelta Describe(IEnumerable<string> keys);

    /// <summary>Takes entries and version over; not noted as a change. Entries that can't be read are left out.</summary>
    void Apply(TableDelta delta);
}

/// <summary>What all tables need to read entries.</summary>
internal static class TableDeltaEntries
{
    /// <summary>False for what is no JSON object: it came from the log whole, so every node leaves the same entries out.</summary>
    public static bool TryParse(ReadOnlySpan<byte> json, out FastJsonElement element)
    {
        try
        {
            element = FastJson.Parse(json);
            return element.Kind == FastJsonKind.Object;
        }
        catch (FastJsonException)
        {
            element = default;
            return false;
        }
    }
}
