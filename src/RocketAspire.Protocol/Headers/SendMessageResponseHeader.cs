using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of a send's answer.</summary>
public sealed record SendMessageResponseHeader : IRequestHeader<SendMessageResponseHeader>
{
    /// <summary>offsetMsgId; for a batch one for each message, comma-joined.</summary>
    public required string MsgId { get; init; }

    public int QueueId { get; init; }

    /// <summary>Position in the queue, in messages; a batch's first.</summary>
    public long QueueOffset { get; init; }

    public string? TransactionId { get; init; }

    /// <summary>By what a timed message can be taken back.</summary>
    public string? RecallHandle { get; init; }

    public static SendMessageResponseHeader Read(ref HeaderReader reader) => new()
    {
        MsgId = reader.Text("msgId"),
        QueueId = reader.Int32("queueId"),
        QueueOffset = reader.Int64("queueOffset"),
        TransactionId = reader.TextOrNull("transactionId"),
        RecallHandle = reader.TextOrNull("recallHandle"),
    };

    public ExtFields ToExtFields()
    {
        var fields = new ExtFields();
        AddTo(fields);
        return fields;
    }

    /// <summary>Writes into an answer that already exists.</summary>
    public void AddTo(ExtFields fields)
    {
        fields.Add("msgId", MsgId);
        fields.Add("queueId", QueueId);
        fields.Add("queueOffset", QueueOffset);
        fields.Add("transactionId", TransactionId);
        fields.Add("recallHandle", RecallHandle);
    }
}
