using RocketAspire.Store;

namespace RocketAspire.Raft.Simulation;

/// <summary>The bytes of each term as its leader wrote them. Whoever else holds bytes of that term holds the same ones, behind the same prefix.</summary>
internal sealed class TermTexts
{
    private readonly Dictionary<int, Text> _texts = [];

    public static int TermBefore(IReadOnlyList<TermEntry> terms, long offset)
    {
        for (var i = terms.Count - 1; i >= 0; i--)
        {
            if (terms[i].StartOffset < offset) return terms[i].Term;
        }

        return 0;
    }

    public void Add(SimLog log, long from, bool isLeader)
    {
        for (var at = from; at < log.End;)
        {
            var rest = log.Bytes(at, log.End);
            var record = rest[..SimRecords.SizeOf(rest)];
            AddRecord(log, at, record, isLeader);
            at += record.Length;
        }
    }

    private void AddRecord(SimLog log, long at, ReadOnlySpan<byte> record, bool isLeader)
    {
        var term = TermBefore(log.Terms, at + 1);
        if (!_texts.TryGetValue(term, out var text))
        {
            if (!isLeader) throw new InvariantException($"a record of term {term} at {at} was never written by its leader");
            _texts[term] = text = new Text(at, TermBefore(log.Terms, at));
        }

        var end = text.Start + text.Length;
        if (at == text.Start && TermBefore(log.Terms, at) != text.PreviousTerm) throw new InvariantException($"term {term} follows on term {text.PreviousTerm} in its leader's log, on {TermBefore(log.Terms, at)} in another");
        if (at < text.Start || at > end || (!isLeader && at + record.Length > end)) throw new InvariantException($"a record of term {term} at {at}; its leader wrote {text.Start} to {end}");
        if (at == end) text.Append(record);
        else if (at + record.Length > end || !text.Bytes((int)(at - text.Start), record.Length).SequenceEqual(record)) throw new InvariantException($"two logs hold different bytes of term {term} at {at}");
    }

    private sealed class Text(long start, int previousTerm)
    {
        private byte[] _bytes = new byte[256];

        public long Start => start;

        public int PreviousTerm => previousTerm;

        public int Length { get; private set; }

        public ReadOnlySpan<byte> Bytes(int from, int count) => _bytes.AsSpan(from, count);

        public void Append(ReadOnlySpan<byte> record)
        {
            if (Length + record.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(Length + record.Length, 2 * _bytes.Length));
            record.CopyTo(_bytes.AsSpan(Length));
            Length += record.Length;
        }
    }
}
