using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Chaos.Load;

/// <summary>A queue of the run's topic.</summary>
internal readonly record struct QueueName(string Group, int Id)
{
    public override string ToString() => $"{Group}/{Id}";
}

/// <summary>What a producer knows of a message that it sent.</summary>
internal enum SendOutcome
{
    /// <summary>Code 0: it must never be lost.</summary>
    Acknowledged,

    /// <summary>Codes 10, 11 and 12: stored, but not as safe as the mode promises.</summary>
    NotSafe,

    /// <summary>Certainly not stored: it must never appear.</summary>
    Refused,

    /// <summary>No answer, or one that leaves it open.</summary>
    Uncertain,
}

/// <summary>One message, sent once, and its answer. Places are -1 where the answer named none; times count from the run's start.</summary>
internal sealed record SendAttempt(MessageTag Tag, QueueName Queue, string Address, TimeSpan SentAt)
{
    public SendOutcome Outcome { get; init; }

    /// <summary>The response code, or -1 without an answer.</summary>
    public int Code { get; init; } = -1;

    public long QueueOffset { get; init; } = -1;

    public long PhysicalOffset { get; init; } = -1;

    public TimeSpan AnsweredAt { get; init; }

    /// <summary>What a code other than 0, 10, 11 and 12 says of the message.</summary>
    public static SendOutcome OutcomeOf(int code) => code switch
    {
        ResponseCode.SystemBusy or ResponseCode.RequestCodeNotSupported or ResponseCode.MessageIllegal or ResponseCode.ServiceNotAvailable
            or ResponseCode.NoPermission or ResponseCode.TopicNotExist or ResponseCode.NotLeaderForQueue => SendOutcome.Refused,
        _ => SendOutcome.Uncertain,
    };
}
