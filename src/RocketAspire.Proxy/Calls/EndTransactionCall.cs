using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>EndTransaction: a half message is committed or taken back. Unlike Apache's, an end is answered when the broker has answered.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/transaction/EndTransactionActivity.java</remarks>
internal sealed class EndTransactionCall(ClusterView cluster, ProxyOptions options)
{
    public async Task<EndTransactionResponse> AnswerAsync(CallContext call, EndTransactionRequest request)
    {
        if (Checks.Topic(request.Topic) is { } wrong) return new() { Status = wrong };
        if (string.IsNullOrWhiteSpace(request.TransactionId)) return new() { Status = Statuses.Of(Code.InvalidTransactionId, "transaction id cannot be empty") };
        if (TransactionHandle.Parse(request.TransactionId) is not { } handle) return new() { Status = Statuses.Of(Code.InternalServerError, "cannot found transaction data") };
        if (await cluster.MasterAsync(handle.BrokerName, call.Ended).ConfigureAwait(false) is not { } broker)
            return new() { Status = Statuses.Of(Code.BadRequest, "cannot find broker " + handle.BrokerName) };
        var header = new EndTransactionRequestHeader
        {
            ProducerGroup = request.Topic.Name,
            TranStateTableOffset = handle.QueueOffset,
            CommitLogOffset = handle.CommitLogOffset,
            CommitOrRollback = request.Resolution switch
            {
                TransactionResolution.Commit => MessageSysFlag.TransactionCommit,
                TransactionResolution.Rollback => MessageSysFlag.TransactionRollback,
                _ => MessageSysFlag.TransactionNot,
            },
            FromTransactionCheck = request.Source == TransactionSource.SourceServerCheck,
            MsgId = request.MessageId,
            TransactionId = handle.MessageId,
        };
        var command = RemotingCommand.CreateRequest(RequestCode.EndTransaction, header.ToExtFields());
        if (header.CommitOrRollback == MessageSysFlag.TransactionNot)
        {
            // Brokers don't answer that.
            await cluster.TellAsync(broker, command, call.Ended).ConfigureAwait(false);
            return new() { Status = Statuses.Ok };
        }

        var answer = await cluster.AskAsync(broker, command, options.SendTimeout, call.Ended).ConfigureAwait(false);
        return new() { Status = answer.Code == ResponseCode.Success ? Statuses.Ok : Statuses.Of(answer.Code, answer.Remark) };
    }
}
