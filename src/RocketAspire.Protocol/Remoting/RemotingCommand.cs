namespace RocketAspire.Protocol.Remoting;

/// <summary>One request or response of RocketMQ's remoting protocol: header fields and body, without a socket.</summary>
/// <remarks>
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/RemotingCommand.java
/// </remarks>
public sealed class RemotingCommand
{
    private const int ResponseFlag = 0b01;
    private const int OnewayFlag = 0b10;

    /// <summary>Request code of a request (see <see cref="RequestCode"/>), response code of a response.</summary>
    public int Code { get; init; }

    /// <summary>The sender's implementation language.</summary>
    public LanguageCode Language { get; init; } = LanguageCode.Dotnet;

    /// <summary>The sender's version as the ordinal of Apache's MQVersion enumeration.</summary>
    public int Version { get; init; } = RocketMQVersion.Current;

    /// <summary>Correlates a response with its request on one connection.</summary>
    public int Opaque { get; set; }

    /// <summary>Bit 0: response, bit 1: one-way.</summary>
    public int Flag { get; set; }

    /// <summary>Text for people, mostly the reason of an error.</summary>
    public string? Remark { get; set; }

    /// <summary>The custom header's fields; never null.</summary>
    public ExtFields ExtFields { get; init; } = new();

    /// <summary>How the header was, or is to be, serialised. A response uses its request's.</summary>
    public SerializeType SerializeType { get; init; }

    /// <summary>The body; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Body { get; set; }

    public bool IsResponse => (Flag & ResponseFlag) != 0;

    public bool IsOneway => (Flag & OnewayFlag) != 0;

    public static RemotingCommand CreateRequest(int code, ExtFields? extFields = null, ReadOnlyMemory<byte> body = default) =>
        new() { Code = code, ExtFields = extFields ?? new(), Body = body };

    /// <summary>A response to this request: same opaque, same serialisation.</summary>
    public RemotingCommand CreateResponse(int code, string? remark = null, ReadOnlyMemory<byte> body = default) => new()
    {
        Code = code,
        Remark = remark,
        Opaque = Opaque,
        Flag = ResponseFlag,
        SerializeType = SerializeType,
        Body = body,
    };

    public void MarkOneway() => Flag |= OnewayFlag;

    public override string ToString() =>
        $"{(IsResponse ? "response" : "request")} code={Code} opaque={Opaque} flag={Flag} remark={Remark} ext={ExtFields} body={Body.Length}B";
}
