namespace RocketAspire.Chaos.Check;

internal enum ViolationKind
{
    /// <summary>An acknowledged message is nowhere.</summary>
    Lost,

    /// <summary>A message is elsewhere than its answer said.</summary>
    Misplaced,

    /// <summary>A body that nobody sent.</summary>
    Altered,

    /// <summary>A message, sent once, is there twice; or two were told the same place.</summary>
    Duplicate,

    /// <summary>A message acknowledged before another was sent stands behind it.</summary>
    OutOfOrder,

    /// <summary>A message that was refused with certainty is there.</summary>
    RefusedIsThere,

    /// <summary>A queue's offsets have a gap, or don't begin at 0.</summary>
    Hole,

    /// <summary>A consumer group never got an acknowledged message.</summary>
    NotConsumed,

    /// <summary>What a consumer read isn't what the queue holds in the end.</summary>
    ReadChanged,

    /// <summary>A node's log isn't made of whole records in their places.</summary>
    LogBroken,

    /// <summary>Two nodes of a group hold different bytes.</summary>
    ReplicasDiffer,

    /// <summary>A node ended by itself, or couldn't be stopped in order.</summary>
    NodeFailed,

    /// <summary>The cluster didn't become whole again after the last fault.</summary>
    NotRecovered,
}

internal sealed record Violation(ViolationKind Kind, string Text)
{
    public override string ToString() => $"{Kind}: {Text}";
}
