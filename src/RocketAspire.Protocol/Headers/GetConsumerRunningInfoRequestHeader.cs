using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of GET_CONSUMER_RUNNING_INFO (307).</summary>
/// <param name="ConsumerGroup">The group.</param>
/// <param name="ClientId">Its client.</param>
/// <param name="JstackEnable">Whether the client's stacks are wanted too.</param>
public sealed record GetConsumerRunningInfoRequestHeader(string ConsumerGroup, string ClientId, bool JstackEnable = false) : IRequestHeader<GetConsumerRunningInfoRequestHeader>
{
    public static GetConsumerRunningInfoRequestHeader Read(ref HeaderReader reader) =>
        new(reader.Text("consumerGroup"), reader.Text("clientId"), reader.Boolean("jstackEnable"));

    public ExtFields ToExtFields() => new() { { "consumerGroup", ConsumerGroup }, { "clientId", ClientId }, { "jstackEnable", JstackEnable } };
}
