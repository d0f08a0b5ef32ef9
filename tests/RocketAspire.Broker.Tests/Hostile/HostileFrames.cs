using System.Buffers;
using System.Buffers.Binary;
using System.Reflection;
using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Broker.Tests.Hostile;

/// <summary>Frames that nobody means well with, from a seed: the same seed makes the same frames.</summary>
internal sealed class HostileFrames(int seed)
{
    /// <summary>Requests of this opaque are asked by the test itself.</summary>
    public const int MarkerOpaque = 0x7A7A7A7A;

    private static readonly int[] Codes =
        [.. typeof(RequestCode).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field => (int)field.GetRawConstantValue()!)];

    private static readonly string[] Numbers =
    [
        "beginTimestamp", "bornTimestamp", "commitLogOffset", "commitOffset", "commitOrRollback", "count", "d", "defaultTopicQueueNums", "delayLevel", "e", "endTimestamp",
        "f", "flag", "g", "h", "index", "j", "l", "maxMsgBytes", "maxMsgNums", "maxNum", "maxOffset", "maxReconsumeTimes", "minOffset", "offset", "perm", "queueId",
        "queueOffset", "readQueueNums", "reconsumeTimes", "subVersion", "suspendTimeoutMillis", "sysFlag", "timestamp", "topicSysFlag", "tranStateTableOffset",
        "writeQueueNums", "brokerId", "bodyCrc32", "heartbeatTimeoutMillis", "epoch",
    ];

    private static readonly string[] Flags = ["admin", "batch", "cleanOffset", "fromTransactionCheck", "k", "m", "order", "removeOffset", "unitMode", "compressed", "acceptStandardJsonOnly", "tables"];

    private static readonly string[] Texts =
    [
        "a", "b", "c", "i", "n", "accessKey", "secretKey", "attributes", "boundaryType", "brokerName", "brokerAddr", "haServerAddr", "clusterName", "clientID", "consumerGroup",
        "defaultTopic", "expressionType", "group", "groupName", "key", "msgId", "offsetMsgId", "originMsgId", "originTopic", "producerGroup", "properties", "subscription",
        "topic", "topicFilterType", "transactionId", "namespace", "value", "globalWhiteAddrs", "aclFileFullPath", "topicPerms", "cluster", "_unique_msg_query_flag",
    ];

    private static readonly string[] NumberValues =
        ["0", "1", "3", "7", "-1", "-2147483648", "2147483647", "2147483648", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1e9", "0x10", "", " 1", "١", "NaN"];

    // No address beside 127.0.0.1: a name server may call whoever registers.
    private static readonly string[] TextValues =
    [
        "", "FuzzA", "FuzzB", "FuzzC", "%RETRY%FuzzGroup", "%DLQ%FuzzGroup", "FuzzGroup", "TBW102", "SCHEDULE_TOPIC_XXXX", "RMQ_SYS_TRANS_HALF_TOPIC", "RMQ_SYS_ROCKETASPIRE_TERM",
        "../../../etc/passwd", "a/b", "*", "TagA || TagB", "a > 1 AND (", "((((((((((((((((((((", "SQL92", "TAG", "UPPER", "null", "\0", "\u0001\u0002", "WAIT\u0001true\u0002DELAY\u000199\u0002",
        "TRAN_MSG\u0001true\u0002PGROUP\u0001FuzzGroup\u0002", "UNIQ_KEY\u0001x\u0002KEYS\u0001 \u0002INNER_NUM\u0001-1", "7F00000100002A9F0000000000000000", "7F0000010000", "+message.type=NORMAL,-x",
        "127.0.0.1:1", "broker-fuzz", "{", "\ud83d\ude00", "%n%s%x",
    ];

    private static readonly byte[][] Bodies = MakeBodies();

    private readonly Random _random = new(seed);
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly RemotingFrameWriter _writer = new();

    /// <summary>A frame whose two lengths are right, and maybe nothing else: the connection must not end by it.</summary>
    public byte[] Next() => _random.Next(20) switch
    {
        0 => Framed(_random.Next(256), Random(0, 300), Random(0, 100)),
        1 => Framed(0, Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Pick(["[", "{\"code\":", "{\"extFields\":", "\""]), _random.Next(1, 1000)))), []),
        2 => Framed(1, Random(0, 60), Random(0, 60)),
        3 => Framed(1, [.. Random(17, 18), .. Int32(Pick([int.MaxValue, -1, 0, 5, 1 << 20])), .. Random(0, 40)], []),
        4 or 5 or 6 => Damaged(Request(complete: true)),
        < 14 => Request(complete: true),
        _ => Request(complete: false),
    };

    /// <summary>What must end the connection, or leaves it waiting.</summary>
    public byte[] Last() => _random.Next(7) switch
    {
        6 => [.. Int32(40), .. Int32(_random.Next(37, 1 << 24)), .. Random(36, 37)],
        0 => BitConverter.GetBytes(_random.Next()),
        1 => Int32(-_random.Next()),
        2 => [.. Int32(0x7fffffff), .. Random(4, 40)],
        3 => Int32(_random.Next(0, 4)),
        4 => Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        _ => Request(complete: true)[..^1],
    };

    public int Below(int limit) => _random.Next(limit);

    /// <summary>A request of a known code: with all fields that some request has, or with a few; some of their values are wrong.</summary>
    private byte[] Request(bool complete)
    {
        var fields = new ExtFields();
        if (complete)
        {
            foreach (var name in Numbers) fields.Add(name, _random.Next(12) == 0 ? Pick(NumberValues) : _random.Next(0, 5).ToString());
            foreach (var name in Flags) fields.Add(name, _random.Next(3) == 0 ? "true" : "false");
            foreach (var name in Texts) fields.Add(name, Pick(TextValues));
            if (_random.Next(2) == 0) foreach (var name in (string[])["topic", "b"]) fields.Add(name, Pick(TextValues[1..4]));
        }
        else
        {
            for (var i = _random.Next(8); i > 0; i--)
            {
                var name = Pick(_random.Next(2) == 0 ? Numbers : Texts);
                fields.Add(name, _random.Next(3) == 0 ? new string((char)_random.Next(1, 0x300), _random.Next(300)) : Pick(_random.Next(2) == 0 ? NumberValues : TextValues));
            }
        }

        var body = _random.Next(3) == 0 ? [] : Pick(Bodies);
        if (body.Length > 0 && _random.Next(2) == 0) body = Mutated(body);
        _buffer.ResetWrittenCount();
        _writer.Write(_buffer, new RemotingCommand
        {
            Code = _random.Next(30) == 0 ? _random.Next() : Pick(Codes),
            Opaque = _random.Next(1_000_000),
            Version = _random.Next(500),
            Flag = _random.Next(10) == 0 ? _random.Next() : _random.Next(10) == 0 ? 2 : 0,
            Remark = _random.Next(10) == 0 ? "remark" : null,
            SerializeType = _random.Next(4) == 0 ? SerializeType.RocketMQ : SerializeType.Json,
            ExtFields = fields,
            Body = body,
        });
        return _buffer.WrittenSpan.ToArray();
    }

    /// <summary>Anything after the lengths may be another byte.</summary>
    private byte[] Damaged(byte[] frame)
    {
        for (var i = _random.Next(1, 8); i > 0; i--) frame[_random.Next(8, Math.Min(frame.Length, 400))] = (byte)_random.Next(256);
        return frame;
    }

    private byte[] Mutated(byte[] body)
    {
        body = (byte[])body.Clone();
        if (_random.Next(3) == 0) return body[..(_random.Next(body.Length) + 1)];
        for (var i = _random.Next(1, 6); i > 0; i--)
        {
            var at = _random.Next(body.Length);
            if (_random.Next(3) == 0 && at + 4 <= body.Length) BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(at), _random.Next(2) == 0 ? int.MaxValue : _random.Next(int.MinValue, 0));
            else body[at] = (byte)_random.Next(256);
        }

        return body;
    }

    private static byte[][] MakeBodies()
    {
        var heartbeat = new HeartbeatData
        {
            ClientId = "fuzz@1",
            Consumers = [new ConsumerData { GroupName = "FuzzGroup", Subscriptions = [new SubscriptionData { Topic = "FuzzA", SubString = "a > 1 AND b IN ('x')", ExpressionType = "SQL92" }] }],
            Producers = ["FuzzProducers"],
        };
        var register = new RegisterBrokerBody { TopicConfigs = new TopicConfigAndVersion { DataVersion = new(7, 1), TopicConfigTable = new Dictionary<string, TopicConfig> { ["FuzzA"] = new() { TopicName = "FuzzA" } } } };
        var locks = new LockBatchBody("FuzzGroup", "fuzz@1", [new MessageQueue("FuzzA", "broker-a", 0)]);
        var batch = BatchMessageCodec.Encode([.. Enumerable.Range(0, 5).Select(static i => new BatchMessage(i, new byte[20], Encoding.UTF8.GetBytes("KEYS\u0001k\u0002")))]);
        return
        [
            heartbeat.Encode(), register.Encode(), register.Encode(compressed: true), locks.Encode(), batch, [1, 2, 3],
            [.. batch[..20], 0x7f, 0xff, 0xff, 0xff],
            Encoding.ASCII.GetBytes(new string('[', 20_000)),
            Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 5_000))),
            Encoding.ASCII.GetBytes("{\"mqSet\":[" + string.Join(',', Enumerable.Repeat("{\"topic\":\"FuzzA\",\"brokerName\":\"x\",\"queueId\":2147483647}", 300)) + "]}"),
            Encoding.ASCII.GetBytes("{\"clientID\":\"x\",\"consumerDataSet\":[" + string.Join(',', Enumerable.Repeat("{\"groupName\":\"FuzzGroup\",\"subscriptionDataSet\":[{}]}", 200)) + "]}"),
            Encoding.UTF8.GetBytes("brokerPermission=99\nmaxMessageSize=-1\nfileReservedTime=99999999999\nrocketmqHome=/tmp\n\\u00"),
            Encoding.UTF8.GetBytes("{\"offsetTable\":{{\"topic\":\"FuzzA\",\"queueId\":-1}:-5},\"groupName\":null,\"topicConfigTable\":{\"x\":{\"readQueueNums\":2147483647}}}"),
        ];
    }

    private byte[] Random(int from, int to)
    {
        var bytes = new byte[_random.Next(from, to)];
        _random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Framed(int type, byte[] header, byte[] body) =>
        [.. Int32(4 + header.Length + body.Length), .. Int32((type << 24) | header.Length), .. header, .. body];

    private static byte[] Int32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private T Pick<T>(T[] values) => values[_random.Next(values.Length)];
}
