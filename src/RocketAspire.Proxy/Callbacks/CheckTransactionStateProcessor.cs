using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;
using RocketAspire.Remoting;

namespace RocketAspire.Proxy;

/// <summary>CHECK_TRANSACTION_STATE (39), from a broker: passed on to one of the topic's producers, which answers by EndTransaction. When nobody can be asked, the broker asks again later.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/channel/GrpcClientChannel.java</remarks>
internal sealed class CheckTransactionStateProcessor(ClientTable clients, BrokerNames names, ProxyOptions options, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.CheckTransactionState;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (RequestHeader.TryRead<CheckTransactionStateRequestHeader>(request.ExtFields, out var header, out _) && MessageRecordCodec.TryDecode(request.Body.Span, out var half))
            PassOn(connection, header, half!);
        return default;
    }

    private void PassOn(RemotingConnection connection, CheckTransactionStateRequestHeader header, MessageRecord half)
    {
        var topic = MessageProperties.Get(half.Properties.Span, MessageProperties.ProducerGroup) ?? half.Topic;
        if (names.Find(connection.RemoteAddress) is not { } brokerName || clients.PickProducer(topic) is not { Stream: { } stream } producer)
        {
            Log.NobodyToAsk(logger, topic, connection.RemoteAddress);
            return;
        }

        var command = new RecoverOrphanedTransactionCommand
        {
            Message = IncomingMessage.Create(half.Topic, half, receiptHandle: null, attempt: half.ReconsumeTimes + 1, options.Time),
            TransactionId = new TransactionHandle(brokerName, header.TranStateTableOffset, header.CommitLogOffset, header.TransactionId ?? header.MsgId ?? "").ToString(),
        };
        Log.AskedBack(logger, producer.ClientId, topic);
        _ = stream.WriteAsync(new() { RecoverOrphanedTransactionCommand = command });
    }
}
