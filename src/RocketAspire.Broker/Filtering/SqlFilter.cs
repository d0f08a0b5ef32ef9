using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker.Filtering;

/// <summary>Keeps messages whose properties an expression wants.</summary>
public sealed class SqlFilter(SqlExpression expression) : IQueueFilter
{
    public bool ReadsRecords => true;

    /// <summary>A queue's entry tells nothing of properties.</summary>
    public bool MatchesTagsCode(long tagsCode) => true;

    public bool MatchesRecord(ReadOnlySpan<byte> record) =>
        MessageRecordView.Read(record, record.Length, out _, out var view) != RecordStatus.Ok || expression.Matches(view.Properties);
}

/// <summary>
/// For a retry topic with filterSupportRetry: each message is judged by what the group wants of the topic that it came from,
/// so that a group which has changed its expression isn't given retries of what it no longer wants.
/// </summary>
public sealed class RetryFilter(Func<string, SqlExpression?> expressionOf) : IQueueFilter
{
    public bool ReadsRecords => true;

    public bool MatchesTagsCode(long tagsCode) => true;

    public bool MatchesRecord(ReadOnlySpan<byte> record)
    {
        if (MessageRecordView.Read(record, record.Length, out _, out var view) != RecordStatus.Ok) return true;
        var topic = MessageProperties.Get(view.Properties, MessageProperties.RetryTopic);
        return topic is null || expressionOf(topic) is not { } expression || expression.Matches(view.Properties);
    }
}
