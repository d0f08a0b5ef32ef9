using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>What a pull read: the answer's code and header fields, and the messages.</summary>
public readonly record struct PullResult(int Code, string Remark, PullMessageResponseHeader Header, ReadOnlyMemory<byte> Body, int Count)
{
    /// <summary>There were messages, and the filter wanted none.</summary>
    public bool NothingMatched { get; init; }
}

/// <summary>Reads a queue for a pull and turns what it finds into the answer's code.</summary>
public sealed class PullReader(MessageStore store, BrokerConfiguration configuration)
{
    private readonly long _memoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    public PullResult Read(PullMessageRequestHeader header, SubscriptionGroupConfig group, IQueueFilter? filter)
    {
        var options = configuration.Current;
        var isSlave = configuration.IsSlave;
        var count = Math.Clamp(header.MaxMsgNums, 1, options.MaxTransferCount);
        var bytes = Math.Clamp(header.MaxMsgBytes ?? options.MaxTransferBytes, 1, options.MaxTransferBytes);
        var read = store.ReadQueue(header.Topic, header.QueueId, header.QueueOffset, count, bytes, filter);
        var code = CodeOf(read.Status, header.QueueOffset);
        var suggested = SuggestBroker(read.LagBytes, group, options);
        if (code == ResponseCode.PullOffsetMoved && isSlave && !options.OffsetCheckInSlave)
        {
            // A slave may simply be behind: the consumer asks the broker that its group reads from, and keeps its offset.
            code = ResponseCode.PullRetryImmediately;
            suggested = group.BrokerId;
        }

        var next = new PullMessageResponseHeader
        {
            SuggestWhichBrokerId = suggested,
            NextBeginOffset = code == ResponseCode.PullRetryImmediately && read.Status != QueueReadStatus.NoMatchedMessage && isSlave
                ? header.QueueOffset
                : read.NextBeginOffset,
            MinOffset = read.MinOffset,
            MaxOffset = read.MaxOffset,
        };
        return new(code, RemarkOf(read.Status), next, read.Body, read.Count) { NothingMatched = read.Status == QueueReadStatus.NoMatchedMessage };
    }

    private static int CodeOf(QueueReadStatus status, long asked) => status switch
    {
        QueueReadStatus.Found => ResponseCode.Success,
        QueueReadStatus.MessageWasRemoving or QueueReadStatus.NoMatchedMessage => ResponseCode.PullRetryImmediately,
        QueueReadStatus.NoMatchedLogicQueue or QueueReadStatus.NoMessageInQueue => asked == 0 ? ResponseCode.PullNotFound : ResponseCode.PullOffsetMoved,
        QueueReadStatus.OffsetOverflowBadly or QueueReadStatus.OffsetTooSmall => ResponseCode.PullOffsetMoved,
        // Not to be passed over: the client asks again, here or at another node.
        QueueReadStatus.Damaged => ResponseCode.SystemError,
        _ => ResponseCode.PullNotFound,
    };

    /// <summary>The names that Apache's GetMessageStatus has, which clients log.</summary>
    private static string RemarkOf(QueueReadStatus status) => status switch
    {
        QueueReadStatus.Found => "FOUND",
        QueueReadStatus.NoMatchedMessage => "NO_MATCHED_MESSAGE",
        QueueReadStatus.MessageWasRemoving => "MESSAGE_WAS_REMOVING",
        QueueReadStatus.OffsetFoundNull => "OFFSET_FOUND_NULL",
        QueueReadStatus.OffsetOverflowBadly => "OFFSET_OVERFLOW_BADLY",
        QueueReadStatus.OffsetOverflowOne => "OFFSET_OVERFLOW_ONE",
        QueueReadStatus.OffsetTooSmall => "OFFSET_TOO_SMALL",
        QueueReadStatus.NoMatchedLogicQueue => "NO_MATCHED_LOGIC_QUEUE",
        QueueReadStatus.Damaged => "the message is damaged on this broker's disk and is being fetched from another",
        _ => "NO_MESSAGE_IN_QUEUE",
    };

    /// <summary>Only with slaveReadEnable is a consumer sent elsewhere: to a slave when it reads what the page cache no longer holds.</summary>
    private long SuggestBroker(long lagBytes, SubscriptionGroupConfig group, BrokerOptions options)
    {
        if (!options.SlaveReadEnable) return 0;
        var cached = _memoryBytes / 100 * options.AccessMessageInMemoryMaxRatio;
        return lagBytes > cached ? group.WhichBrokerWhenConsumeSlowly : group.BrokerId;
    }
}
