using System.Globalization;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;
using RocketAspire.Remoting;

namespace RocketAspire.Proxy;

/// <summary>GET_CONSUMER_RUNNING_INFO (307), from a broker: what is known of a client here and, when its stacks are wanted, what it prints.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/client/ClientActivity.java</remarks>
internal sealed class GetConsumerRunningInfoProcessor(ClientTable clients, ClientQuestions questions, ProxyOptions options) : IRequestProcessor
{
    public int Code => RequestCode.GetConsumerRunningInfo;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<GetConsumerRunningInfoRequestHeader>(request.ExtFields, out var header, out var problem)) return request.CreateResponse(ResponseCode.SystemError, problem);
        if (clients.Find(header.ClientId) is not { } client || ConsumerHeartbeats.Describe(client) is not { } consumer)
            return request.CreateResponse(ResponseCode.SystemError, $"The Consumer <{header.ConsumerGroup}> <{header.ClientId}> not online");
        var info = new ConsumerRunningInfo
        {
            Properties = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["PROP_CONSUME_TYPE"] = consumer.Consumer.ConsumeType,
                ["PROP_CONSUMEORDERLY"] = client.Settings.Subscription.Fifo ? "true" : "false",
                ["PROP_CLIENT_VERSION"] = client.ClientVersion,
                ["PROP_NAMESERVER_ADDR"] = string.Join(';', options.NameServers),
                ["PROP_CONSUMER_START_TIMESTAMP"] = client.Since.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
            },
            Subscriptions = consumer.Consumer.Subscriptions,
        };
        if (!header.JstackEnable) return request.CreateResponse(ResponseCode.Success, body: info.Encode(quoteKeys: true));
        var answer = await questions.AskAsync(client, static nonce => new() { PrintThreadStackTraceCommand = new PrintThreadStackTraceCommand { Nonce = nonce } }, cancellationToken).ConfigureAwait(false);
        if (answer is null) return request.CreateResponse(ResponseCode.SystemBusy, "call remote timeout");
        return answer.Status?.Code is V2.Code.Ok
            ? request.CreateResponse(ResponseCode.Success, body: (info with { Jstack = answer.ThreadStackTrace.ThreadStackTrace_ }).Encode(quoteKeys: true))
            : request.CreateResponse(ResponseCode.SystemError, $"the client printed no stacks: {answer.Status?.Message}");
    }
}
