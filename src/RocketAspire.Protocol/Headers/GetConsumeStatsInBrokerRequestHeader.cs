using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of GET_BROKER_CONSUME_STATS (317).</summary>
/// <param name="IsOrder">Only topics that are consumed in order.</param>
public sealed record GetConsumeStatsInBrokerRequestHeader(bool IsOrder) : IRequestHeader<GetConsumeStatsInBrokerRequestHeader>
{
    public static GetConsumeStatsInBrokerRequestHeader Read(ref HeaderReader reader) => new(reader.Boolean("isOrder"));

    public ExtFields ToExtFields() => new() { { "isOrder", IsOrder } };
}
