using System.Text;

namespace RocketAspire.Protocol.Remoting;

/// <summary>Gives the one string of a known header field's name, so that reading a header allocates none for keys.</summary>
internal static class KnownExtKeys
{
    private static readonly string[] Known =
    [
        // SEND_MESSAGE_V2's short names come first in every hot request.
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n",
        "producerGroup", "topic", "defaultTopic", "defaultTopicQueueNums", "queueId", "sysFlag", "bornTimestamp", "flag", "properties",
        "reconsumeTimes", "unitMode", "batch", "maxReconsumeTimes", "bname", "brokerName", "bodyFormat",
        "consumerGroup", "queueOffset", "maxMsgNums", "commitOffset", "suspendTimeoutMillis", "subscription", "subVersion", "expressionType",
        "maxMsgBytes", "requestSource", "proxyFrowardClientId", "suggestWhichBrokerId", "nextBeginOffset", "minOffset", "maxOffset", "offset",
        "msgId", "transactionId", "batchUniqId", "clientID", "clientId", "group", "originMsgId", "originTopic", "delayLevel",
        "consumeGroup", "tranStateTableOffset", "commitOrRollback", "fromTransactionCheck", "timestamp", "key", "maxNum", "beginTimestamp", "endTimestamp",
        "clusterName", "brokerAddr", "brokerId", "haServerAddr", "masterAddr", "compressed", "bodyCrc32", "heartbeatTimeoutMillis", "enableActingMaster",
        "changed", "namespace", "value", "acceptStandardJsonOnly", "wipeTopicCount", "addTopicCount", "readQueueNums", "writeQueueNums", "perm",
        "topicFilterType", "topicSysFlag", "order", "attributes", "lo", "ns", "nsd", "zoneName", "language", "version", "opaque",
        "setZeroIfNotFound", "onlyThisBroker", "AccessKey", "Signature", "SecurityToken", "OnsChannel", "committed", "boundaryType",
        "minBrokerId", "minBrokerAddr", "offlineBrokerAddr", "haBrokerAddr", "popTime", "invisibleTime", "pollTime", "bornTime", "initMode", "exp", "expType",
        "startOffsetInfo", "msgOffsetInfo", "orderCountInfo", "restNum", "reviveQid", "extraInfo", "_unique_msg_query_flag",
    ];

    /// <summary>Open addressing; sized so that a third is filled at most. Written once, by the type's initialiser.</summary>
    private static readonly string?[] Table = Build();

    public static string Intern(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty) return "";
        for (var slot = Hash(utf8); Table[slot] is { } known; slot = (slot + 1) & (Table.Length - 1))
        {
            if (known.Length == utf8.Length && Ascii.Equals(utf8, known)) return known;
        }

        return Encoding.UTF8.GetString(utf8);
    }

    private static string?[] Build()
    {
        var table = new string?[512];
        Span<byte> utf8 = stackalloc byte[64];
        foreach (var key in Known)
        {
            var length = Encoding.ASCII.GetBytes(key, utf8);
            var slot = HashIn(utf8[..length], table.Length);
            while (table[slot] is not null && table[slot] != key) slot = (slot + 1) & (table.Length - 1);
            table[slot] = key;
        }

        return table;
    }

    private static int Hash(ReadOnlySpan<byte> utf8) => HashIn(utf8, Table.Length);

    private static int HashIn(ReadOnlySpan<byte> utf8, int size) =>
        (int)((utf8[0] * 31u + utf8[^1] * 131u + utf8[utf8.Length / 2] * 1031u + (uint)utf8.Length * 8191u) & (uint)(size - 1));
}
