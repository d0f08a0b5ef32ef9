using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>Questions to a table of terms. A term that stands in it several times in a row is one term.</summary>
internal static class TermLookup
{
    /// <summary>Term of the record that ends at the offset; 0 before the first marker.</summary>
    public static int Before(IReadOnlyList<TermEntry> terms, long offset)
    {
        for (var i = terms.Count - 1; i >= 0; i--)
        {
            if (terms[i].StartOffset < offset) return terms[i].Term;
        }

        return 0;
    }

    /// <summary>Term of the record that begins at the offset.</summary>
    public static int At(IReadOnlyList<TermEntry> terms, long offset) => Before(terms, offset + 1);

    /// <summary>Where the term of the record that begins at the offset ends, at most the log's end.</summary>
    public static long EndOfTermAt(IReadOnlyList<TermEntry> terms, long offset, long end)
    {
        var term = At(terms, offset);
        for (var i = terms.Count - 1; i >= 0 && terms[i].StartOffset > offset; i--)
        {
            if (terms[i].Term != term) end = Math.Min(end, terms[i].StartOffset);
        }

        return end;
    }

    /// <summary>Where the term began; -1 when it isn't there.</summary>
    public static long StartOf(IReadOnlyList<TermEntry> terms, int term)
    {
        var start = -1L;
        for (var i = terms.Count - 1; i >= 0 && terms[i].Term >= term; i--)
        {
            if (terms[i].Term == term) start = terms[i].StartOffset;
        }

        return start;
    }

    /// <summary>The newest so many terms that begin before the offset, each once.</summary>
    public static IReadOnlyList<TermEntry> Newest(IReadOnlyList<TermEntry> terms, long before, int most, out bool cut)
    {
        var found = new List<TermEntry>();
        cut = false;
        for (var i = 0; i < terms.Count && terms[i].StartOffset < before; i++)
        {
            if (found.Count == 0 || found[^1].Term != terms[i].Term) found.Add(terms[i]);
        }

        if (found.Count <= most) return found;
        cut = true;
        return found.GetRange(found.Count - most, most);
    }

    /// <summary>The end of the longest prefix that a leader and a follower surely share, no longer than the limit.</summary>
    /// <param name="mine">The leader's terms.</param>
    /// <param name="end">The leader's end.</param>
    /// <param name="theirs">The follower's newest terms, each once.</param>
    /// <param name="theirsCut">It has older ones.</param>
    /// <param name="limit">No more than this: the follower's end, and what was refused.</param>
    public static long CommonEnd(IReadOnlyList<TermEntry> mine, long end, IReadOnlyList<TermEntry> theirs, bool theirsCut, long limit)
    {
        limit = Math.Min(limit, end);
        var theirEnd = limit;
        for (var i = theirs.Count - 1; i >= 0; i--)
        {
            var (term, start) = theirs[i];
            if (StartOf(mine, term) == start && start < limit) return Math.Min(theirEnd, EndOfTermAt(mine, start, limit));
            theirEnd = Math.Min(theirEnd, start);
        }

        // Nothing of what was listed is shared. Before all terms come bytes of no term.
        return theirsCut || mine.Count == 0 ? theirEnd : Math.Min(theirEnd, mine[0].StartOffset);
    }
}
