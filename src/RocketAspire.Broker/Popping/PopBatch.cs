using System.Text;
using RocketAspire.Protocol.Headers;

namespace RocketAspire.Broker;

/// <summary>What one pop gathers from several queues.</summary>
internal sealed class PopBatch(int maxMessages, int maxBytes, long popTime, int reviveQid)
{
    private readonly List<ReadOnlyMemory<byte>> _bodies = [];
    private readonly StringBuilder _startOffsets = new();
    private readonly StringBuilder _msgOffsets = new();
    private int _bytes;

    /// <summary>Unix milliseconds.</summary>
    public long PopTime => popTime;

    public int ReviveQid => reviveQid;

    public int Count { get; private set; }

    public int Bytes => _bytes;

    public int RoomForMessages => maxMessages - Count;

    public int RoomForBytes => Math.Max(1, maxBytes - _bytes);

    public bool IsFull => Count >= maxMessages || (Count > 0 && _bytes >= maxBytes);

    /// <summary>Messages left in the queues that were looked at.</summary>
    public long Rest { get; set; }

    /// <summary>Sum of the ends of the queues that were looked at, as they were then.</summary>
    public long SeenEnds { get; set; }

    public StringBuilder OrderCounts { get; } = new();

    public void Add(string topic, int queueId, long startOffset, long[] offsets, ReadOnlyMemory<byte> body)
    {
        Protocol.Messages.PopInfo.AddStartOffset(_startOffsets, topic, queueId, startOffset);
        Protocol.Messages.PopInfo.AddMsgOffsets(_msgOffsets, topic, queueId, offsets);
        _bodies.Add(body);
        _bytes += body.Length;
        Count += offsets.Length;
    }

    public ReadOnlyMemory<byte> ToBody()
    {
        if (_bodies.Count <= 1) return _bodies.Count == 0 ? default : _bodies[0];
        var body = new byte[_bytes];
        var at = 0;
        foreach (var part in _bodies)
        {
            part.CopyTo(body.AsMemory(at));
            at += part.Length;
        }

        return body;
    }

    public PopMessageResponseHeader ToHeader(PopMessageRequestHeader request) => new()
    {
        PopTime = popTime,
        InvisibleTime = request.InvisibleTime,
        ReviveQid = reviveQid,
        RestNum = Rest,
        StartOffsetInfo = _startOffsets.ToString(),
        MsgOffsetInfo = _msgOffsets.ToString(),
        OrderCountInfo = request.Order ? OrderCounts.ToString() : null,
    };
}
