namespace RocketAspire.Console.Messages;

/// <summary>Why a message isn't seen by consumers yet.</summary>
public enum WaitingKind
{
    /// <summary>Delayed by a level: SCHEDULE_TOPIC_XXXX.</summary>
    Delayed,

    /// <summary>Due at a time (5.x): rmq_sys_wheel_timer.</summary>
    Timed,

    /// <summary>Its transaction is open: RMQ_SYS_TRANS_HALF_TOPIC.</summary>
    Half,

    /// <summary>Its transaction stayed open for too long: TRANS_CHECK_MAX_TIME_TOPIC.</summary>
    GivenUp,
}

/// <summary>A message that waits.</summary>
/// <param name="Row">What it is; its topic is the internal one.</param>
/// <param name="BrokerName">The group that holds it.</param>
/// <param name="BrokerAddress">The group's master.</param>
/// <param name="DueAt">Unix milliseconds; null when it isn't time that it waits for.</param>
/// <param name="Level">Of the broker's table of delays; 0 when it has none.</param>
/// <param name="Checks">How often its producer was asked.</param>
/// <param name="MostChecks">After so many it is given up.</param>
public sealed record WaitingMessage(MessageRow Row, string BrokerName, string BrokerAddress, long? DueAt = null, int Level = 0, int Checks = 0, int? MostChecks = null);

/// <summary>What waits, and how much of it is shown.</summary>
/// <param name="Messages">By the time when they are due, half messages by age.</param>
/// <param name="Total">How many wait, those not shown too.</param>
public sealed record WaitingList(IReadOnlyList<WaitingMessage> Messages, long Total);
