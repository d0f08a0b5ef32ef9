namespace RocketAspire.Client;

/// <summary>
/// Sees each send and each delivery, before and after: where message trace, spans and metrics come in. Called on the sender's or handler's own
/// flow of execution, so that an activity started before is the handler's parent. Must neither wait nor throw.
/// </summary>
internal interface IClientObserver
{
    /// <summary>Once a message (a batch once), before its first attempt; may add properties.</summary>
    void BeforeSend(SendObservation send)
    {
    }

    /// <summary>Once a message: <see cref="SendObservation.Result"/> or <see cref="SendObservation.Error"/> is set, or neither for one-way.</summary>
    void AfterSend(SendObservation send)
    {
    }

    /// <summary>Once for each call of a handler.</summary>
    void BeforeDelivery(DeliveryObservation delivery)
    {
    }

    /// <summary>The handler has answered or failed.</summary>
    void AfterDelivery(DeliveryObservation delivery)
    {
    }

    /// <summary>A broker is about to be told how a transaction ended.</summary>
    void EndingTransaction(TransactionEndObservation end)
    {
    }
}

internal enum SendKind
{
    Normal,
    Batch,
    Oneway,
    Transaction,
    Request,
    Reply,
}

/// <summary>One send under observation; what an observer needs of its own it keeps in <see cref="Items"/>.</summary>
internal sealed class SendObservation(string group, string clientId, SendKind kind, OutgoingMessage message)
{
    /// <summary>With namespace.</summary>
    public string Group { get; } = group;

    public string ClientId { get; } = clientId;

    public SendKind Kind { get; } = kind;

    public OutgoingMessage Message { get; } = message;

    /// <summary>The broker of the last attempt as <c>ip:port</c>.</summary>
    public string? BrokerAddress { get; set; }

    public int Attempts { get; set; }

    public TimeSpan Took { get; set; }

    public SendResult? Result { get; set; }

    public Exception? Error { get; set; }

    public Dictionary<object, object?> Items { get; } = [];
}

/// <summary>One call of a handler under observation.</summary>
internal sealed class DeliveryObservation(string group, string clientId, IReadOnlyList<RocketMQReceivedMessage> messages, bool orderly)
{
    /// <summary>With namespace.</summary>
    public string Group { get; } = group;

    public string ClientId { get; } = clientId;

    /// <summary>At least one, all of one queue.</summary>
    public IReadOnlyList<RocketMQReceivedMessage> Messages { get; } = messages;

    public bool Orderly { get; } = orderly;

    /// <summary>Set afterwards: what the handler said, or what its failure counts as.</summary>
    public ConsumeResult Result { get; set; }

    public Exception? Error { get; set; }

    public TimeSpan Took { get; set; }

    public Dictionary<object, object?> Items { get; } = [];
}

/// <summary>The end of a transaction under observation.</summary>
/// <param name="Group">With namespace.</param>
/// <param name="Topic">With namespace.</param>
/// <param name="MessageId">The id that the producer gave the message.</param>
/// <param name="Tag">The message's tag.</param>
/// <param name="Keys">The message's keys.</param>
/// <param name="BrokerAddress">Who is told, as <c>ip:port</c>.</param>
/// <param name="TransactionId">The transaction's id.</param>
/// <param name="State">How it ended.</param>
/// <param name="FromCheck">The broker had asked.</param>
internal sealed record TransactionEndObservation(
    string Group, string Topic, string MessageId, string? Tag, IReadOnlyList<string> Keys, string BrokerAddress, string? TransactionId, TransactionState State, bool FromCheck);
