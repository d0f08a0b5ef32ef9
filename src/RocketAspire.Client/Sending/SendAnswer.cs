using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>Reads a broker's answer to a send.</summary>
internal static class SendAnswer
{
    /// <summary>Null when the message wasn't stored.</summary>
    /// <exception cref="RocketMQResponseException">It was, but the answer doesn't say where.</exception>
    public static SendResult? Read(string address, int requestCode, RemotingCommand answer, MessageQueue queue, string id)
    {
        SendStatus status;
        switch (answer.Code)
        {
            case ResponseCode.Success: status = SendStatus.Ok; break;
            case ResponseCode.FlushDiskTimeout: status = SendStatus.FlushDiskTimeout; break;
            case ResponseCode.SlaveNotAvailable: status = SendStatus.SlaveNotAvailable; break;
            case ResponseCode.FlushSlaveTimeout: status = SendStatus.FlushSlaveTimeout; break;
            default: return null;
        }

        if (!RequestHeader.TryRead<SendMessageResponseHeader>(answer.ExtFields, out var stored, out var problem))
            throw new RocketMQResponseException(address, requestCode, answer.Code, problem);
        var at = queue.QueueId == stored.QueueId ? queue : queue with { QueueId = stored.QueueId };
        return new SendResult(status, id, stored.MsgId, at, stored.QueueOffset, answer.Remark) { TransactionId = stored.TransactionId, RecallHandle = stored.RecallHandle };
    }
}
