namespace RocketAspire.Broker;

/// <summary>One pop's messages of one queue; the same five facts are in each message's receipt.</summary>
internal readonly record struct CheckPointKey(string Topic, string Group, int QueueId, long StartOffset, long PopTime);

/// <summary>Messages that were handed out together and are invisible until their time is over. Guarded by the ledger's lock.</summary>
/// <param name="key">Who has them.</param>
/// <param name="offsets">Their places in the queue, ascending.</param>
/// <param name="invisibleTime">Milliseconds from the pop.</param>
/// <param name="reviveQueue">Queue of the revive log in which it was written down.</param>
/// <param name="reviveOffset">Its place there.</param>
internal sealed class CheckPoint(CheckPointKey key, long[] offsets, long invisibleTime, int reviveQueue, long reviveOffset)
{
    private readonly bool[] _done = new bool[offsets.Length];

    public CheckPointKey Key => key;

    public int ReviveQueue => reviveQueue;

    public long ReviveOffset => reviveOffset;

    /// <summary>Unix milliseconds at which those that are not acknowledged become visible again.</summary>
    public long ReviveTime => key.PopTime + invisibleTime;

    /// <summary>Messages neither acknowledged nor put into the retry topic.</summary>
    public int Left { get; private set; } = offsets.Length;

    public long LastOffset => offsets.Length > 0 ? offsets[^1] : key.StartOffset - 1;

    /// <summary>False when it has no such message, or that is done already.</summary>
    public bool TryFinish(long offset)
    {
        var index = Array.BinarySearch(offsets, offset);
        if (index < 0 || _done[index]) return false;
        _done[index] = true;
        Left--;
        return true;
    }

    public bool IsLeft(long offset) => Array.BinarySearch(offsets, offset) is >= 0 and var index && !_done[index];

    public List<long> OffsetsLeft()
    {
        var left = new List<long>(Left);
        for (var i = 0; i < offsets.Length; i++)
        {
            if (!_done[i]) left.Add(offsets[i]);
        }

        return left;
    }
}
