using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>QUERY_SUBSCRIPTION_BY_CONSUMER (345) of 5.x: what a connected group wants of a topic.</summary>
public sealed class QuerySubscriptionByConsumerProcessor(ConsumerGroupTable consumers) : IRequestProcessor
{
    public int Code => RequestCode.QuerySubscriptionByConsumer;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(
            RequestHeader.TryRead<TopicGroupRequestHeader>(request.ExtFields, out var header, out var problem)
                ? request.CreateResponse(
                    ResponseCode.Success, body: new SubscriptionOfGroup(header.Group, header.Topic, consumers.FindSubscription(header.Group, header.Topic, out _)).Encode())
                : request.CreateResponse(ResponseCode.SystemError, problem));
}
