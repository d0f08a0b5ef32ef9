using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>UPDATE_CONSUMER_OFFSET (15). A slave takes it too: its consumers must not start over while the master is gone.</summary>
public sealed class UpdateConsumerOffsetProcessor(ConsumerOffsetTable offsets) : IRequestProcessor
{
    public int Code => RequestCode.UpdateConsumerOffset;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (!RequestHeader.TryRead<UpdateConsumerOffsetRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        if (header.CommitOffset < 0 || header.QueueId < 0)
        {
            return request.CreateResponse(ResponseCode.SystemError, $"offset {header.CommitOffset} of queue {header.QueueId} can't be: both count from 0");
        }

        // The table's file joins topic and group by a character that no topic has.
        if (TopicNames.WhyInvalidTopic(header.Topic) is { } invalid) return request.CreateResponse(ResponseCode.SystemError, invalid);
        return offsets.Commit(header.ConsumerGroup, header.Topic, header.QueueId, header.CommitOffset)
            ? request.CreateResponse(ResponseCode.Success)
            : request.CreateResponse(ResponseCode.ServiceNotAvailable, "service not available now: only the group's leader takes offsets");
    }
}
