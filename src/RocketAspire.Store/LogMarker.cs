using System.Buffers.Binary;
using System.Net;
using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>A record that tells something about the log itself: every copy of the log, and every start that reads it again, learns it at the same place.</summary>
/// <remarks>
/// <see cref="TopicNames.TermMarker"/>: the body is the term that begins here, int32 big-endian.
/// <see cref="TopicNames.Deletion"/>: the body is the name of a topic whose earlier messages are nobody's, UTF-8. It takes no place in a queue.
/// </remarks>
internal sealed record LogMarker(int? Term, string? DeletedTopic, long PhysicalOffset)
{
    private static readonly IPEndPoint Nowhere = new(IPAddress.Loopback, 0);

    public static MessageRecord OfTerm(int term)
    {
        var body = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(body, term);
        return new MessageRecord { Topic = TopicNames.TermMarker, BornHost = Nowhere, StoreHost = Nowhere, Body = body };
    }

    public static MessageRecord OfDeletion(string topic) => new()
    {
        Topic = TopicNames.Deletion,
        // A prepared transaction is in no queue, at Apache's brokers as here.
        SysFlag = MessageSysFlag.TransactionPrepared,
        BornHost = Nowhere,
        StoreHost = Nowhere,
        Body = Encoding.UTF8.GetBytes(topic),
    };

    /// <summary>Null when the record is an ordinary message.</summary>
    public static LogMarker? Read(string topic, ReadOnlySpan<byte> body, long physicalOffset) => topic switch
    {
        TopicNames.TermMarker when body.Length >= 4 => new(BinaryPrimitives.ReadInt32BigEndian(body), null, physicalOffset),
        TopicNames.Deletion when body.Length > 0 => new(null, Encoding.UTF8.GetString(body), physicalOffset),
        _ => null,
    };

    /// <summary>Takes over what it tells, for a log that is appended to.</summary>
    public void Apply(TermTable terms, QueueOffsets next)
    {
        if (Term is { } term) terms.Add(term, PhysicalOffset);
        if (DeletedTopic is { } topic) next.Remove(topic);
    }
}
