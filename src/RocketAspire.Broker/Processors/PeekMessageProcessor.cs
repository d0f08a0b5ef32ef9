using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>PEEK_MESSAGE (200052): what a pop would get, without taking it.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/processor/PeekMessageProcessor.java</remarks>
internal sealed class PeekMessageProcessor(PopCheck check, PopPositions positions, MessageStore store, TopicConfigTable topics, BrokerConfiguration configuration) : IRequestProcessor
{
    public int Code => RequestCode.PeekMessage;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<PeekMessageRequestHeader>(request.ExtFields, out var header, out var problem)) return new(request.CreateResponse(ResponseCode.SystemError, problem));
        if (check.CheckRead(connection, "peeking message", header.ConsumerGroup, header.Topic, header.QueueId, out var topic) is { } refusal)
        {
            return new(request.CreateResponse(refusal.Code, refusal.Remark));
        }

        return new(Peek(request, header, topic));
    }

    private RemotingCommand Peek(RemotingCommand request, PeekMessageRequestHeader header, TopicConfig topic)
    {
        var body = new MemoryStream();
        var room = header.MaxMsgNums;
        long rest = 0;
        void Look(string name, int queueId)
        {
            var at = positions.Peek(header.ConsumerGroup, name, queueId);
            rest += Math.Max(0, store.QueueBounds(name, queueId).Max - at);
            if (room <= 0) return;
            var read = store.ReadQueue(name, queueId, at, room, configuration.Current.MaxTransferBytes, null);
            if (read.Status is QueueReadStatus.OffsetTooSmall or QueueReadStatus.OffsetOverflowBadly) read = store.ReadQueue(name, queueId, read.NextBeginOffset, room, configuration.Current.MaxTransferBytes, null);
            body.Write(read.Body.Span);
            room -= read.Count;
        }

        if (header.QueueId >= 0) Look(topic.TopicName, header.QueueId);
        else for (var queueId = 0; queueId < topic.ReadQueueNums; queueId++) Look(topic.TopicName, queueId);
        var retry = PopReader.RetryTopics(header.Topic, header.ConsumerGroup, configuration.Current.Pop)[0];
        for (var queueId = 0; queueId < (topics.Find(retry)?.ReadQueueNums ?? 0); queueId++) Look(retry, queueId);

        var response = body.Length > 0
            ? request.CreateResponse(ResponseCode.Success, "FOUND", body.ToArray())
            : request.CreateResponse(ResponseCode.PullNotFound, "NO_MESSAGE_IN_QUEUE");
        new PopMessageResponseHeader { RestNum = rest }.AddTo(response.ExtFields);
        return response;
    }
}
