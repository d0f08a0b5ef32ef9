using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>QUERY_TOPICS_BY_CONSUMER (343) of 5.x: the topics in which a group has progress.</summary>
public sealed class QueryTopicsByConsumerProcessor(ConsumerOffsetTable offsets, BrokerAddress address) : IRequestProcessor
{
    public int Code => RequestCode.QueryTopicsByConsumer;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(
            RequestHeader.TryRead<GroupRequestHeader>(request.ExtFields, out var header, out var problem)
                ? request.CreateResponse(ResponseCode.Success, body: new TopicList(offsets.TopicsOf(header.Group), address.Text).Encode())
                : request.CreateResponse(ResponseCode.SystemError, problem));
}
