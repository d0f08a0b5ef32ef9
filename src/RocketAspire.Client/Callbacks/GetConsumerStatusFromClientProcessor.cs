using RocketAspire.Protocol;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Client.Callbacks;

/// <summary>GET_CONSUMER_STATUS_FROM_CLIENT (221): where this client stands in a topic's queues.</summary>
internal sealed class GetConsumerStatusFromClientProcessor(ClientGroups groups) : IRequestProcessor
{
    public int Code => RequestCode.GetConsumerStatusFromClient;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<GetConsumerStatusRequestHeader>(request.ExtFields, out var header, out var problem))
            return new(request.CreateResponse(ResponseCode.SystemError, problem));
        var offsets = groups.Consumer(header.Group)?.Offsets(header.Topic) ?? new Dictionary<MessageQueue, long>();
        var own = offsets.Select(static pair => KeyValuePair.Create(pair.Key.ToWire(), pair.Value)).ToList();
        return new(request.CreateResponse(ResponseCode.Success, body: new ConsumerStatusBody([], own).Encode(request.Version >= RocketMQVersion.V4_9_4)));
    }
}
