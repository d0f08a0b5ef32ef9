using System.Buffers.Binary;
using System.Text;

namespace RocketAspire.Broker.Ha;

/// <summary>
/// Several tables in one body, between two of our own nodes:
/// <code>{ int64 version | int32 nameLength | name | int32 contentLength | content }*</code>
/// The version counts the sender's changes since it started; it lets a slave ask only for what is new.
/// </summary>
public static class TableBundle
{
    private const int MaxNameBytes = 256;

    public static byte[] Encode(IEnumerable<TableCopy> tables)
    {
        using var stream = new MemoryStream();
        Span<byte> number = stackalloc byte[8];
        foreach (var table in tables)
        {
            var name = Encoding.UTF8.GetBytes(table.Name);
            BinaryPrimitives.WriteInt64BigEndian(number, table.Version);
            stream.Write(number);
            BinaryPrimitives.WriteInt32BigEndian(number, name.Length);
            stream.Write(number[..4]);
            stream.Write(name);
            BinaryPrimitives.WriteInt32BigEndian(number, table.Content.Length);
            stream.Write(number[..4]);
            stream.Write(table.Content.Span);
        }
        return stream.ToArray();
    }

    /// <exception cref="FormatException">The body ends within a table, or a length is wrong.</exception>
    public static List<TableCopy> Decode(ReadOnlyMemory<byte> body)
    {
        var tables = new List<TableCopy>();
        while (body.Length > 0)
        {
            var version = BinaryPrimitives.ReadInt64BigEndian(Take(ref body, 8).Span);
            var name = Encoding.UTF8.GetString(Take(ref body, Length(ref body, MaxNameBytes)).Span);
            tables.Add(new(name, version, Take(ref body, Length(ref body, int.MaxValue))));
        }
        return tables;
    }

    private static int Length(ref ReadOnlyMemory<byte> body, int max)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(Take(ref body, 4).Span);
        return length >= 0 && length <= max ? length : throw new FormatException($"a length of {length} bytes in a table bundle");
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> body, int length)
    {
        if (body.Length < length)
        {
            throw new FormatException("a table bundle ends too early");
        }
        var taken = body[..length];
        body = body[length..];
        return taken;
    }
}

/// <summary>One table as it was at a version of its sender.</summary>
public readonly record struct TableCopy(string Name, long Version, ReadOnlyMemory<byte> Content);
