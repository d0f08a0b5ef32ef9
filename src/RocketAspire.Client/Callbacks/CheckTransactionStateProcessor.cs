using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Client.Callbacks;

/// <summary>CHECK_TRANSACTION_STATE (39): a broker asks what became of a half message. One-way; the answer is an END_TRANSACTION.</summary>
internal sealed class CheckTransactionStateProcessor(ClientGroups groups, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.CheckTransactionState;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<CheckTransactionStateRequestHeader>(request.ExtFields, out var header, out _)
            || !MessageRecordCodec.TryDecode(request.Body.Span, out var record))
        {
            Log.CheckNotAnswered(logger, connection.RemoteAddress, "?", "its request can't be read");
            return new((RemotingCommand?)null);
        }

        var half = new RocketMQReceivedMessage(record!, brokerName: "");
        var group = half.Property(MessageProperties.ProducerGroup);
        if (group is not null && groups.Producer(group) is { } producer) producer.CheckTransaction(connection.RemoteAddress, header, half);
        else Log.CheckNotAnswered(logger, connection.RemoteAddress, half.MessageId, $"there is no producer of group {group} here");
        return new((RemotingCommand?)null);
    }
}
