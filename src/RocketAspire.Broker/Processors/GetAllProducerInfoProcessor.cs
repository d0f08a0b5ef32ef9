using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_ALL_PRODUCER_INFO (328): the connected producers of all groups.</summary>
public sealed class GetAllProducerInfoProcessor(ProducerTable producers, TimeProvider time) : IRequestProcessor
{
    public int Code => RequestCode.GetAllProducerInfo;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var groups = new SortedDictionary<string, IReadOnlyList<ProducerInfo>>(StringComparer.Ordinal);
        foreach (var (group, clients) in producers.All()) groups[group] = clients.ConvertAll(Describe);
        return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.Success, body: new ProducerTableInfo(groups).Encode()));
    }

    private ProducerInfo Describe(ClientInfo client)
    {
        var described = client.Describe();
        var seenAt = time.GetUtcNow() - time.GetElapsedTime(client.SeenAt);
        return new(client.ClientId, client.Connection.RemoteEndPoint.Address.ToString(), described.Language, described.Version, seenAt.ToUnixTimeMilliseconds());
    }
}
