using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of INVOKE_BROKER_TO_GET_CONSUMER_STATUS (223) and of GET_CONSUMER_STATUS_FROM_CLIENT (221), which the broker sends on.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Group">The consumer group.</param>
/// <param name="ClientAddr">One client's id; null or empty for all.</param>
public sealed record GetConsumerStatusRequestHeader(string Topic, string Group, string? ClientAddr) : IRequestHeader<GetConsumerStatusRequestHeader>
{
    public static GetConsumerStatusRequestHeader Read(ref HeaderReader reader) => new(reader.Text("topic"), reader.Text("group"), reader.TextOrNull("clientAddr"));

    public ExtFields ToExtFields() => new() { { "topic", Topic }, { "group", Group }, { "clientAddr", ClientAddr } };
}
