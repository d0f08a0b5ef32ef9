using System.Buffers.Binary;
using System.Text;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>Writes a message's fields one after the other, or only counts their bytes.</summary>
internal ref struct RaftFieldWriter(Span<byte> destination, bool measuring)
{
    private readonly Span<byte> _destination = destination;

    public long Written { get; private set; }

    public void Byte(byte value)
    {
        if (!measuring) _destination[(int)Written] = value;
        Written++;
    }

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Int(int value)
    {
        if (!measuring) BinaryPrimitives.WriteInt32LittleEndian(_destination[(int)Written..], value);
        Written += sizeof(int);
    }

    public void Long(long value)
    {
        if (!measuring) BinaryPrimitives.WriteInt64LittleEndian(_destination[(int)Written..], value);
        Written += sizeof(long);
    }

    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        if (length > ushort.MaxValue) throw new ArgumentException($"A text of {length} bytes.", nameof(value));
        if (!measuring)
        {
            var rest = _destination[(int)Written..];
            BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)length);
            Encoding.UTF8.GetBytes(value, rest[sizeof(ushort)..]);
        }

        Written += sizeof(ushort) + length;
    }

    public void Texts(IReadOnlyList<string> values)
    {
        Int(values.Count);
        foreach (var value in values) Text(value);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Int(value.Length);
        if (!measuring) value.CopyTo(_destination[(int)Written..]);
        Written += value.Length;
    }

    public void Terms(IReadOnlyList<TermEntry> terms)
    {
        Int(terms.Count);
        foreach (var (term, start) in terms)
        {
            Int(term);
            Long(start);
        }
    }

    public void Record(GroupRecord? record)
    {
        Bool(record is not null);
        if (record is null) return;
        Int(record.Number);
        Int(record.Incarnations.Count);
        foreach (var (peer, incarnation) in record.Incarnations)
        {
            Text(peer);
            Text(incarnation);
        }
    }
}

/// <summary>Reads them back; whatever doesn't fit throws <see cref="FormatException"/> before anything is allocated for it.</summary>
internal ref struct RaftFieldReader(ReadOnlySpan<byte> source)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = source;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public bool Bool() => Byte() is var value && value <= 1 ? value == 1 : throw new FormatException($"{value} is neither yes nor no.");

    public MemberState Member() => Byte() is var value && value <= (byte)MemberState.Voter ? (MemberState)value : throw new FormatException($"{value} is no member's state.");

    public int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public long Long() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public int Term() => Int() is var term && term >= 0 ? term : throw new FormatException($"{term} is no term.");

    public long Offset() => Long() is var offset && offset >= 0 ? offset : throw new FormatException($"{offset} is no offset.");

    public string Text()
    {
        try
        {
            return StrictUtf8.GetString(Take(BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)))));
        }
        catch (ArgumentException e)
        {
            throw new FormatException("A text is no UTF-8.", e);
        }
    }

    public IReadOnlyList<string> Texts()
    {
        var texts = new string[Count(sizeof(ushort))];
        for (var i = 0; i < texts.Length; i++) texts[i] = Text();
        return texts;
    }

    public ReadOnlyMemory<byte> Bytes() => Take(Int()).ToArray();

    public IReadOnlyList<TermEntry> Terms()
    {
        var terms = new TermEntry[Count(sizeof(int) + sizeof(long))];
        for (var i = 0; i < terms.Length; i++) terms[i] = new TermEntry(Term(), Offset());
        return terms;
    }

    public GroupRecord? Record()
    {
        if (!Bool()) return null;
        var number = Term();
        var count = Count(2 * sizeof(ushort));
        var incarnations = new Dictionary<string, string>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            if (!incarnations.TryAdd(Text(), Text())) throw new FormatException("A node stands twice in the group's record.");
        }

        return new GroupRecord(number, incarnations);
    }

    private int Count(int leastSize)
    {
        var count = Int();
        return count >= 0 && count <= _rest.Length / leastSize ? count : throw new FormatException($"{count} entries in {_rest.Length} bytes.");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length < 0 || length > _rest.Length) throw new FormatException($"{length} bytes asked for, {_rest.Length} are left.");
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
