using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Broker;

/// <summary>Asks one producer of a group what became of a half message. It answers by END_TRANSACTION, or not at all.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/transaction/AbstractTransactionalMessageCheckListener.java</remarks>
internal sealed class ProducerCheck(ProducerTable producers, ILogger logger)
{
    private int _turn;

    public void Ask(MessageRecord half)
    {
        var group = MessageProperties.Get(half.Properties.Span, MessageProperties.ProducerGroup);
        if (HalfMessages.ToCheckBody(half) is not { } body) return;
        if (group is null || Pick(group) is not { } producer)
        {
            Log.NoProducerToAsk(logger, half.QueueOffset, group ?? "(none)");
            return;
        }

        var uniqKey = MessageProperties.Get(half.Properties.Span, MessageProperties.UniqKey);
        var header = new CheckTransactionStateRequestHeader
        {
            TranStateTableOffset = half.QueueOffset,
            CommitLogOffset = half.PhysicalOffset,
            MsgId = uniqKey,
            TransactionId = uniqKey,
            OffsetMsgId = MessageId.Create(half.StoreHost, half.PhysicalOffset),
        };
        producer.Connection.SendOneway(RemotingCommand.CreateRequest(RequestCode.CheckTransactionState, header.ToExtFields(), body));
    }

    /// <summary>The group's producers take turns.</summary>
    private ClientInfo? Pick(string group)
    {
        if (producers.Find(group) is not { Count: > 0 } members) return null;
        var first = (uint)Interlocked.Increment(ref _turn);
        for (uint i = 0; i < members.Count; i++)
        {
            var member = members[(int)((first + i) % (uint)members.Count)];
            if (member.Connection.IsOpen) return member;
        }

        return null;
    }
}
