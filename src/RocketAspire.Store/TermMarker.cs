using System.Buffers.Binary;
using System.Net;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>The record that opens a term: of topic <see cref="TopicNames.TermMarker"/>, its body the term as int32 big-endian.</summary>
internal static class TermMarker
{
    /// <summary>The same for every term.</summary>
    public static int RecordBytes { get; } = MessageRecordCodec.Measure(Create(0));

    /// <summary>
    /// Where leaders are elected a record leaves room for a marker behind it, in bytes. Else the next leader would fill the file's end
    /// for its marker where the last one may have placed a small record: two logs would differ within one term.
    /// </summary>
    public static int RoomBehind(MessageRecord record) => record.Topic == TopicNames.TermMarker ? 0 : RecordBytes;

    public static MessageRecord Create(int term)
    {
        var body = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(body, term);
        var nowhere = new IPEndPoint(IPAddress.Loopback, 0);
        return new MessageRecord { Topic = TopicNames.TermMarker, BornHost = nowhere, StoreHost = nowhere, Body = body };
    }
}
