using RocketAspire.Broker.Ha;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>The tables as they are at this node, as a base carries them.</summary>
internal sealed class LocalTables(ReplicatedTables tables, TableFiles files) : IRaftTables
{
    public ReadOnlyMemory<byte> Export(long start) => TableBundle.Encode(tables.All.Select(static table => new TableCopy(table.FileName, 0, table.ToJson())));

    public void Import(long start, ReadOnlyMemory<byte> bundle)
    {
        try
        {
            foreach (var copy in TableBundle.Decode(bundle)) tables.All.FirstOrDefault(table => table.FileName == copy.Name)?.ReplaceFromJson(copy.Content.Span);
        }
        catch (FormatException e)
        {
            throw new StoreException("The metadata that the leader sent can't be read: " + e.Message, e);
        }

        foreach (var file in (TableFile[])[files.Topics, files.Groups, files.ConsumerOffsets, files.DelayOffsets]) file.SaveAsync().AsTask().GetAwaiter().GetResult();
    }
}
