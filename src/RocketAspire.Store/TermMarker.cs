using System.Buffers.Binary;
using System.Net;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>The record that opens a term: of topic <see cref="TopicNames.TermMarker"/>, its body the term as int32 big-endian.</summary>
internal static class TermMarker
{
    public static MessageRecord Create(int term)
    {
        var body = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(body, term);
        var nowhere = new IPEndPoint(IPAddress.Loopback, 0);
        return new MessageRecord { Topic = TopicNames.TermMarker, BornHost = nowhere, StoreHost = nowhere, Body = body };
    }
}
