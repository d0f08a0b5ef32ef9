using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace RocketAspire.Proxy;

/// <summary>
/// A transaction's id as clients are told it. It says where the half message is, so that any proxy can end the transaction at any
/// time; Apache's proxy keeps that in memory for 30 s, and another proxy can't end it.
/// </summary>
/// <param name="BrokerName">Who holds it.</param>
/// <param name="QueueOffset">The half message's place in its queue, in messages.</param>
/// <param name="CommitLogOffset">In the log, in bytes.</param>
/// <param name="MessageId">The broker's id of the transaction: the message's UNIQ_KEY.</param>
internal sealed record TransactionHandle(string BrokerName, long QueueOffset, long CommitLogOffset, string MessageId)
{
    private const string Version = "t1";

    /// <summary>Null when the text is none.</summary>
    public static TransactionHandle? Parse(string text)
    {
        if (!Base64Url.IsValid(text)) return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ');
        return parts.Length == 5 && parts[0] == Version
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var queueOffset)
            && long.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var logOffset)
            ? new(parts[1], queueOffset, logOffset, parts[4])
            : null;
    }

    public override string ToString() =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Version} {BrokerName} {QueueOffset} {CommitLogOffset} {MessageId}")));
}
