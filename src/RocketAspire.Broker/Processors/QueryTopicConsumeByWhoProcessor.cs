using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>QUERY_TOPIC_CONSUME_BY_WHO (300): the groups that are connected with a topic or have progress in it.</summary>
public sealed class QueryTopicConsumeByWhoProcessor(ConsumerGroupTable consumers, ConsumerOffsetTable offsets) : IRequestProcessor
{
    public int Code => RequestCode.QueryTopicConsumeByWho;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(
            RequestHeader.TryRead<TopicRequestHeader>(request.ExtFields, out var header, out var problem)
                ? request.CreateResponse(ResponseCode.Success, body: new GroupList(Groups(header.Topic)).Encode())
                : request.CreateResponse(ResponseCode.SystemError, problem));

    private SortedSet<string> Groups(string topic) => new([.. consumers.GroupsOf(topic), .. offsets.GroupsOf(topic)], StringComparer.Ordinal);
}
