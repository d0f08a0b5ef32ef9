namespace RocketAspire.Store;

/// <param name="Term">Raft term or master epoch, rising.</param>
/// <param name="StartOffset">Physical offset of the marker record that opens it.</param>
public readonly record struct TermEntry(int Term, long StartOffset);

/// <summary>Where in the log each term began, rebuilt from its marker records.</summary>
public sealed class TermTable
{
    // Replaced whole, so that readers need no lock. Ascending in both fields.
    private volatile TermEntry[] _entries = [];

    public IReadOnlyList<TermEntry> Entries => _entries;

    /// <summary>The newest term, 0 when there is none.</summary>
    public int Last => _entries is [.., var last] ? last.Term : 0;

    /// <summary>The term that the byte at <paramref name="physicalOffset"/> belongs to; 0 before the first marker.</summary>
    public int TermAt(long physicalOffset)
    {
        var entries = _entries;
        for (var i = entries.Length - 1; i >= 0; i--)
        {
            if (entries[i].StartOffset <= physicalOffset) return entries[i].Term;
        }

        return 0;
    }

    internal void Add(int term, long startOffset)
    {
        var entries = _entries;
        if (entries is [.., var last] && last.StartOffset >= startOffset) return;
        _entries = [.. entries, new TermEntry(term, startOffset)];
    }

    internal void CutFrom(long physicalOffset) => _entries = Array.FindAll(_entries, e => e.StartOffset < physicalOffset);
}
