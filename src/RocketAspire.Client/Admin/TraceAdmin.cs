using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>Reads message traces out of their topic.</summary>
public sealed class TraceAdmin
{
    private readonly MessageAdmin _messages;

    internal TraceAdmin(MessageAdmin messages) => _messages = messages;

    /// <summary>The traces of one message by its id, or of all that bear a key; empty when nothing was recorded.</summary>
    /// <param name="idOrKey">The id that its producer gave the message, or one of its keys.</param>
    /// <param name="from">Told then or later.</param>
    /// <param name="to">Told then or earlier.</param>
    /// <param name="traceTopic">Where the traces are, when clients don't use <c>RMQ_SYS_TRACE_TOPIC</c>.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<IReadOnlyList<MessageTrace>> FindAsync(
        string idOrKey, DateTimeOffset? from = null, DateTimeOffset? to = null, string traceTopic = TopicNames.TraceTopic, CancellationToken cancellationToken = default)
    {
        var records = await _messages.FindByKeyAsync(traceTopic, idOrKey, from, to, cancellationToken: cancellationToken).ConfigureAwait(false);
        var lines = records.SelectMany(TraceDecoder.Decode).Where(line => line.MessageId == idOrKey || BearsKey(line, idOrKey));
        return MessageTrace.Build(lines);
    }

    private static bool BearsKey(TraceEvent line, string key) => line.Keys?.Split(MessageProperties.KeySeparator).Contains(key, StringComparer.Ordinal) is true;
}
