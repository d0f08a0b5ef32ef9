namespace RocketAspire.Bench;

/// <summary>Which messages of the run were acknowledged and which came back: one bit each, by the message's number.</summary>
internal sealed class Ledger
{
    private const int BitsAPage = 1 << 20;

    private readonly Lock _gate = new();
    private readonly List<ulong[]> _acknowledged = [];
    private readonly List<ulong[]> _received = [];
    private long _lastNumber = -1;
    private long _distinct;
    private long _duplicates;

    /// <summary>Messages that came back, each counted once.</summary>
    public long Received
    {
        get
        {
            lock (_gate) return _distinct;
        }
    }

    /// <summary>Messages that came back once more.</summary>
    public long Duplicates
    {
        get
        {
            lock (_gate) return _duplicates;
        }
    }

    public long NextNumber() => Interlocked.Increment(ref _lastNumber);

    public void Acknowledged(long number)
    {
        lock (_gate) Set(_acknowledged, number);
    }

    /// <summary>True when it came for the first time.</summary>
    public bool Arrived(long number)
    {
        lock (_gate)
        {
            var first = Set(_received, number);
            if (first) _distinct++;
            else _duplicates++;
            return first;
        }
    }

    /// <summary>Acknowledged messages that have not come back.</summary>
    public long CountMissing()
    {
        lock (_gate)
        {
            var missing = 0L;
            for (var page = 0; page < _acknowledged.Count; page++)
            {
                for (var word = 0; word < BitsAPage / 64; word++)
                {
                    var received = page < _received.Count ? _received[page][word] : 0;
                    missing += System.Numerics.BitOperations.PopCount(_acknowledged[page][word] & ~received);
                }
            }

            return missing;
        }
    }

    private static bool Set(List<ulong[]> pages, long number)
    {
        var page = (int)(number / BitsAPage);
        while (pages.Count <= page) pages.Add(new ulong[BitsAPage / 64]);
        ref var word = ref pages[page][number % BitsAPage / 64];
        var bit = 1UL << (int)(number % 64);
        var isNew = (word & bit) == 0;
        word |= bit;
        return isNew;
    }
}
