using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of RECALL_MESSAGE (370) of 5.x.</summary>
/// <param name="Topic">The message's topic.</param>
/// <param name="Handle">What the answer to its send told; see <see cref="Messages.RecallHandle"/>.</param>
/// <param name="ProducerGroup">Who takes it back.</param>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.2/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/header/RecallMessageRequestHeader.java</remarks>
public sealed record RecallMessageRequestHeader(string Topic, string Handle, string? ProducerGroup) : IRequestHeader<RecallMessageRequestHeader>
{
    public static RecallMessageRequestHeader Read(ref HeaderReader reader) => new(reader.Text("topic"), reader.Text("recallHandle"), reader.TextOrNull("producerGroup"));

    public ExtFields ToExtFields() => new() { { "producerGroup", ProducerGroup }, { "topic", Topic }, { "recallHandle", Handle } };
}
