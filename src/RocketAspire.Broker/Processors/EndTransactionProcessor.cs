using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>END_TRANSACTION (37): commits a half message, which makes it visible, or takes it back.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/processor/EndTransactionProcessor.java</remarks>
internal sealed class EndTransactionProcessor(
    MessageStore store, MessageWriter writer, TimerAdmission timers, TransactionTable transactions, BrokerAddress address, BrokerConfiguration configuration, BrokerCounters counters, TimeProvider time, ILogger logger)
    : IRequestProcessor
{
    public int Code => RequestCode.EndTransaction;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<EndTransactionRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        if (configuration.IsSlave) return request.CreateResponse(ResponseCode.SlaveNotAvailable);
        if (!writer.AcceptsWrites(out var reason)) return request.CreateResponse(ResponseCode.ServiceNotAvailable, "service not available now: " + reason);
        switch (header.CommitOrRollback)
        {
            case MessageSysFlag.TransactionNot:
                // The producer doesn't know yet: it will be asked.
                Log.TransactionPending(logger, header.TranStateTableOffset, connection.RemoteAddress, request.Remark ?? "");
                return null;
            case MessageSysFlag.TransactionCommit or MessageSysFlag.TransactionRollback:
                return await EndAsync(request, header, cancellationToken).ConfigureAwait(false);
            default:
                return request.CreateResponse(ResponseCode.SystemError, "commitOrRollback field wrong");
        }
    }

    private async ValueTask<RemotingCommand> EndAsync(RemotingCommand request, EndTransactionRequestHeader header, CancellationToken cancellationToken)
    {
        if (store.ReadRecord(header.CommitLogOffset) is not { Topic: TopicNames.TransHalf } half)
        {
            return request.CreateResponse(ResponseCode.SystemError, "Find prepared transaction message failed");
        }

        if (WhyNotItsOwn(half, header) is { } wrong) return request.CreateResponse(ResponseCode.SystemError, wrong);
        var origin = HalfMessages.OriginOf(half);
        if (!transactions.TryEnd(store.Terms.Last, half.QueueOffset, origin)) return request.CreateResponse(ResponseCode.Success);
        var ended = false;
        try
        {
            AppendResult? committed = null;
            if (header.CommitOrRollback == MessageSysFlag.TransactionCommit)
            {
                if (HalfMessages.ToCommitted(half) is not { } message)
                {
                    return request.CreateResponse(ResponseCode.SystemError, "the half message does not say where it is to go");
                }

                // A time that can't be waited for was refused when the half message came.
                committed = timers.Check(message, out var timed) is null && timed.Topic == TopicNames.Timer ? writer.AppendNow(timed) : writer.Append(message);
                if (!committed.Value.IsOk) return Refuse(request, committed.Value.Status);
            }

            // Without its mark the message would be asked about, and come twice: better than never.
            ended = MarkEnded(half.QueueOffset);
            counters.TransactionEnded(committed is not null);
            return committed is { } result && !request.IsOneway
                ? await AnswerStoredAsync(request, result, half, cancellationToken).ConfigureAwait(false)
                : request.CreateResponse(ResponseCode.Success);
        }
        finally
        {
            if (!ended) transactions.Reopen(half.QueueOffset, origin);
        }
    }

    private static string? WhyNotItsOwn(MessageRecord half, EndTransactionRequestHeader header)
    {
        if (MessageProperties.Get(half.Properties.Span, MessageProperties.ProducerGroup) != header.ProducerGroup) return "The producer group wrong";
        return half.QueueOffset == header.TranStateTableOffset ? null : "The transaction state table offset wrong";
    }

    private bool MarkEnded(long halfOffset)
    {
        var result = writer.AppendNow(HalfMessages.ToOp(halfOffset, address.Host, time.GetUtcNow().ToUnixTimeMilliseconds()));
        if (!result.IsOk) Log.HalfMessageNotMoved(logger, halfOffset, TopicNames.TransOpHalf, result.Status.ToString());
        return result.IsOk;
    }

    /// <summary>Disk and slaves aren't waited for, as at Apache: the half message is as safe as it was, and would be asked about again.</summary>
    private async ValueTask<RemotingCommand> AnswerStoredAsync(RemotingCommand request, AppendResult result, MessageRecord half, CancellationToken cancellationToken)
    {
        var code = await writer.WaitCommittedAsync(result, half.Topic, cancellationToken).ConfigureAwait(false);
        return code == ResponseCode.Success
            ? request.CreateResponse(ResponseCode.Success)
            : request.CreateResponse(code, "the commit may not have been stored; the producer will be asked again");
    }

    private RemotingCommand Refuse(RemotingCommand request, AppendStatus status) => status switch
    {
        AppendStatus.MessageTooLarge or AppendStatus.PropertiesTooLarge or AppendStatus.PropertiesIllegal or AppendStatus.TopicTooLong => request.CreateResponse(
            ResponseCode.MessageIllegal,
            $"The message is illegal, maybe msg body or properties length not matched. msg body length limit {configuration.Current.Store.MaxMessageSizeBytes}B, msg properties length limit 32KB."),
        _ => request.CreateResponse(ResponseCode.ServiceNotAvailable, $"Service not available now: {status}"),
    };
}
