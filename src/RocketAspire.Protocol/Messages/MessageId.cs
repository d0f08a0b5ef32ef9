using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace RocketAspire.Protocol.Messages;

/// <summary>The broker's id of a message (offsetMsgId): upper-case hex of address, int32 port, int64 physical offset.</summary>
/// <remarks>32 characters on IPv4, 56 on IPv6. Source:
/// https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/message/MessageDecoder.java</remarks>
public static class MessageId
{
    public static string Create(IPEndPoint host, long physicalOffset)
    {
        Span<byte> bytes = stackalloc byte[28];
        var address = host.Address.IsIPv4MappedToIPv6 ? host.Address.MapToIPv4() : host.Address;
        address.TryWriteBytes(bytes, out var length);
        BinaryPrimitives.WriteInt32BigEndian(bytes[length..], host.Port);
        BinaryPrimitives.WriteInt64BigEndian(bytes[(length + 4)..], physicalOffset);
        return Convert.ToHexString(bytes[..(length + 12)]);
    }

    /// <summary>False for anything that <see cref="Create"/> couldn't have written; lower-case hex is taken too.</summary>
    public static bool TryParse(string id, out IPEndPoint host, out long physicalOffset)
    {
        host = new IPEndPoint(IPAddress.None, 0);
        physicalOffset = 0;
        if (id.Length is not (32 or 56)) return false;
        Span<byte> bytes = stackalloc byte[28];
        for (var i = 0; i < id.Length / 2; i++)
        {
            if (!byte.TryParse(id.AsSpan(i * 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[i])) return false;
        }

        var addressLength = id.Length == 32 ? 4 : 16;
        var port = BinaryPrimitives.ReadInt32BigEndian(bytes[addressLength..]);
        if (port is < 0 or > 65535) return false;
        host = new IPEndPoint(new IPAddress(bytes[..addressLength]), port);
        physicalOffset = BinaryPrimitives.ReadInt64BigEndian(bytes[(addressLength + 4)..]);
        return physicalOffset >= 0;
    }
}
