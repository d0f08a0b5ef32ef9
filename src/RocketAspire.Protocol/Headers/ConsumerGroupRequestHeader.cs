using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of the requests that name only a consumer group: GET_CONSUMER_LIST_BY_GROUP (38), NOTIFY_CONSUMER_IDS_CHANGED (40), GET_CONSUMER_CONNECTION_LIST (203).</summary>
public sealed record ConsumerGroupRequestHeader(string ConsumerGroup) : IRequestHeader<ConsumerGroupRequestHeader>
{
    public static ConsumerGroupRequestHeader Read(ref HeaderReader reader) => new(reader.Text("consumerGroup"));

    public ExtFields ToExtFields() => new() { { "consumerGroup", ConsumerGroup } };
}
