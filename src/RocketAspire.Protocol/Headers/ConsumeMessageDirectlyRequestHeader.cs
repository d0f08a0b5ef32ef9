using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of CONSUME_MESSAGE_DIRECTLY (309).</summary>
/// <param name="ConsumerGroup">The group.</param>
/// <param name="ClientId">Its client.</param>
/// <param name="MsgId">The message's offsetMsgId.</param>
/// <param name="BrokerName">Filled in by the broker.</param>
public sealed record ConsumeMessageDirectlyRequestHeader(string ConsumerGroup, string? ClientId, string? MsgId, string? BrokerName) : IRequestHeader<ConsumeMessageDirectlyRequestHeader>
{
    public static ConsumeMessageDirectlyRequestHeader Read(ref HeaderReader reader) =>
        new(reader.Text("consumerGroup"), reader.TextOrNull("clientId"), reader.TextOrNull("msgId"), reader.TextOrNull("brokerName"));

    public ExtFields ToExtFields() => new() { { "consumerGroup", ConsumerGroup }, { "clientId", ClientId }, { "msgId", MsgId }, { "brokerName", BrokerName } };
}
