using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of GET_PRODUCER_CONNECTION_LIST (204).</summary>
public sealed record GetProducerConnectionListRequestHeader(string ProducerGroup) : IRequestHeader<GetProducerConnectionListRequestHeader>
{
    public static GetProducerConnectionListRequestHeader Read(ref HeaderReader reader) => new(reader.Text("producerGroup"));

    public ExtFields ToExtFields() => new() { { "producerGroup", ProducerGroup } };
}
