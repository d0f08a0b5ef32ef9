using System.Net;

namespace RocketAspire.Protocol.Messages;

/// <summary>One message as it stands in the commit log and in the body of a pull's answer, or is about to.</summary>
/// <remarks>Byte layout: see MessageRecordCodec.</remarks>
public sealed class MessageRecord
{
    public required string Topic { get; init; }

    public int QueueId { get; init; }

    /// <summary>The producer's own flag; the broker only keeps it.</summary>
    public int Flag { get; init; }

    /// <summary>Position in the queue, in messages. Set by the store on append.</summary>
    public long QueueOffset { get; set; }

    /// <summary>Position in the commit log, in bytes. Set by the store on append.</summary>
    public long PhysicalOffset { get; set; }

    /// <summary>Bits of <see cref="MessageSysFlag"/>.</summary>
    public int SysFlag { get; set; }

    /// <summary>Unix milliseconds at the producer.</summary>
    public long BornTimestamp { get; init; }

    public required IPEndPoint BornHost { get; init; }

    /// <summary>Unix milliseconds at the broker. Set by the store on append.</summary>
    public long StoreTimestamp { get; set; }

    /// <summary>The storing broker's advertised address and listen port.</summary>
    public required IPEndPoint StoreHost { get; init; }

    public int ReconsumeTimes { get; init; }

    public long PreparedTransactionOffset { get; init; }

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>UTF-8 of name U+0001 value U+0002 …, as received (see MessageProperties). At most 32,767 bytes.</summary>
    public ReadOnlyMemory<byte> Properties { get; init; }

    /// <summary>CRC-32 of the body with the top bit cleared, as stored. Set when decoded.</summary>
    public int BodyCrc { get; init; }

    /// <summary>Whole size in bytes. Set on append and when decoded.</summary>
    public int TotalSize { get; set; }
}
