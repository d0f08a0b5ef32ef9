using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of INVOKE_BROKER_TO_RESET_OFFSET (222) and of RESET_CONSUMER_CLIENT_OFFSET (220), which the broker sends on.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Group">The consumer group.</param>
/// <param name="Timestamp">Store time in Unix milliseconds to go to; -1 the queues' ends.</param>
/// <param name="IsForce">False: no group is moved forward.</param>
public sealed record ResetOffsetRequestHeader(string Topic, string Group, long Timestamp, bool IsForce) : IRequestHeader<ResetOffsetRequestHeader>
{
    public static ResetOffsetRequestHeader Read(ref HeaderReader reader) =>
        new(reader.Text("topic"), reader.Text("group"), reader.Int64("timestamp"), reader.Boolean("isForce"));

    public ExtFields ToExtFields() => new() { { "topic", Topic }, { "group", Group }, { "timestamp", Timestamp }, { "isForce", IsForce } };
}
