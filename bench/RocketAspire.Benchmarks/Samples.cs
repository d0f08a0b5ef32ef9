using System.Net;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Benchmarks;

/// <summary>What a producer typically sends: 1 KiB with an id and a key.</summary>
internal static class Samples
{
    private static readonly IPEndPoint Host = new(IPAddress.Loopback, 10911);
    private static readonly byte[] Body = new byte[1024];
    private static readonly byte[] Properties = MessageProperties.Encode(
    [
        new(MessageProperties.Keys, "order-4711"),
        new(MessageProperties.UniqKey, "7F0000010A5B18B4AAC2034AF7E40001"),
        new(MessageProperties.Wait, "true"),
        new(MessageProperties.Tags, "TagA"),
    ]);

    public static MessageRecord Record(int queueId = 0) => new()
    {
        Topic = "BenchmarkTest",
        QueueId = queueId,
        BornTimestamp = 1_700_000_000_000,
        BornHost = Host,
        StoreHost = Host,
        Body = Body,
        Properties = Properties,
    };

    public static RemotingCommand SendRequest(SerializeType type) => new()
    {
        Code = RequestCode.SendMessageV2,
        Opaque = 4711,
        SerializeType = type,
        Body = Body,
        ExtFields = new SendMessageRequestHeader
        {
            ProducerGroup = "benchmark_producer",
            Topic = "BenchmarkTest",
            QueueId = 3,
            BornTimestamp = 1_700_000_000_000,
            Properties = System.Text.Encoding.UTF8.GetString(Properties),
            ReconsumeTimes = 0,
        }.ToExtFieldsV2(),
    };
}
