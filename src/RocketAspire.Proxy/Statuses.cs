using Google.Protobuf.Reflection;
using RocketAspire.Client;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;
using RocketAspire.Remoting;

namespace RocketAspire.Proxy;

/// <summary>Makes the statuses of answers, with Apache's codes and messages.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/common/ResponseBuilder.java</remarks>
internal static class Statuses
{
    private const string AclExceptionName = "org.apache.rocketmq.acl.common.AclException";

    private static readonly EnumDescriptor Codes = DefinitionReflection.Descriptor.FindTypeByName<EnumDescriptor>(nameof(Code));

    public static Status Ok => Of(Code.Ok);

    /// <param name="code">The code.</param>
    /// <param name="message">Null: the code's name.</param>
    public static Status Of(Code code, string? message = null) => new() { Code = code, Message = message ?? NameOf(code) };

    /// <summary>What a broker answered. One that refuses the proxy's own account is FORBIDDEN, and no fault of the proxy's; Apache: INTERNAL_SERVER_ERROR.</summary>
    public static Status Of(int remotingCode, string? remark) => Of(
        remotingCode == ResponseCode.SystemError && remark?.StartsWith(AclExceptionName, StringComparison.Ordinal) == true ? Code.Forbidden : CodeOf(remotingCode), remark ?? remotingCode.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public static Status Of(Exception exception) => exception switch
    {
        RocketMQTopicNotFoundException missing => Of(Code.TopicNotFound, $"No topic route info in name server for the topic: {missing.Topic}"),
        RocketMQResponseException answered => Of(answered.Code, answered.Remark),
        RemotingTimeoutException => Of(Code.ProxyTimeout, exception.Message),
        _ => Of(Code.InternalServerError, exception.Message.ReplaceLineEndings(" ")),
    };

    /// <summary>The status over several: theirs when they agree.</summary>
    /// <param name="statuses">One an entry.</param>
    /// <param name="whenEmpty">The message when there is none.</param>
    public static Status Over(IEnumerable<Status> statuses, string whenEmpty)
    {
        var codes = statuses.Select(static status => status.Code).Distinct().Take(2).ToList();
        return codes.Count switch
        {
            0 => Of(Code.InternalServerError, whenEmpty),
            1 => Of(codes[0]),
            _ => Of(Code.MultipleResults),
        };
    }

    /// <summary>As the protocol's definition spells it.</summary>
    private static string NameOf(Code code) => Codes.FindValueByNumber((int)code)?.Name ?? code.ToString();

    private static Code CodeOf(int remotingCode) => remotingCode switch
    {
        ResponseCode.Success => Code.Ok,
        ResponseCode.SystemBusy => Code.TooManyRequests,
        ResponseCode.RequestCodeNotSupported => Code.NotImplemented,
        ResponseCode.TopicNotExist => Code.TopicNotFound,
        ResponseCode.NoPermission => Code.Forbidden,
        ResponseCode.SubscriptionGroupNotExist => Code.ConsumerGroupNotFound,
        _ => Code.InternalServerError,
    };
}
