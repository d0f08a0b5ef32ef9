using RocketAspire.Broker.Filtering;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>POP_MESSAGE (200050): messages that nobody else gets until their time is over; a pop that finds none may wait until one comes.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/processor/PopMessageProcessor.java</remarks>
internal sealed class PopMessageProcessor(
    PopCheck check, FilterFactory filters, PopReader reader, PopHoldTable holds, BrokerConfiguration configuration, BrokerCounters counters, TimeProvider time) : IRequestProcessor
{
    private const int MaxMessages = 32;
    private const long MostLateMs = 500;

    public int Code => RequestCode.PopMessage;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Pop(connection, request));

    /// <summary>Does a pop again that waited; it may wait on until its time is over.</summary>
    public void AnswerHeld(HeldPop held)
    {
        if (!held.Connection.IsOpen) return;
        RemotingCommand? response;
        try
        {
            response = Pop(held.Connection, held.Request);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            response = held.Request.CreateResponse(ResponseCode.SystemError, e.Message);
        }

        if (response is not null) held.Connection.Respond(response);
    }

    private RemotingCommand? Pop(RemotingConnection connection, RemotingCommand request)
    {
        if (!RequestHeader.TryRead<PopMessageRequestHeader>(request.ExtFields, out var header, out var problem)) return request.CreateResponse(ResponseCode.SystemError, problem);
        header = WithBornTime(header, request);
        if (Check(connection, header, out var topic, out var filter) is { } refusal) return request.CreateResponse(refusal.Code, refusal.Remark);
        var batch = reader.Pop(header, topic, filter);
        counters.Got(header.ConsumerGroup, header.Topic, batch.Count, batch.Bytes);
        if (batch.Count > 0)
        {
            // There is more for others who wait.
            if (batch.Rest > 0) holds.Notify(header.Topic, header.ConsumerGroup, header.QueueId);
            return Answer(request, header, batch, ResponseCode.Success, "FOUND");
        }

        if (header.PollTime <= 0) return Answer(request, header, batch, ResponseCode.PollingTimeout, "NO_MESSAGE_IN_QUEUE");
        var held = new HeldPop(connection, request, header.Topic, header.ConsumerGroup, header.QueueId, header.BornTime + header.PollTime, filter);
        var options = configuration.Current.Pop;
        switch (holds.TryHold(held, header.Order ? [] : PopReader.RetryTopics(header.Topic, header.ConsumerGroup, options), options))
        {
            case PopHold.Held:
                // A message may have come between the look and the hold; its arrival woke nobody.
                if (reader.HasMore(header, topic, batch)) holds.WakeNow(held);
                return null;
            case PopHold.Full:
                return Answer(request, header, batch, ResponseCode.PollingFull, "NO_MESSAGE_IN_QUEUE");
            default:
                return Answer(request, header, batch, ResponseCode.PollingTimeout, "NO_MESSAGE_IN_QUEUE");
        }
    }

    private Refusal? Check(RemotingConnection connection, PopMessageRequestHeader header, out TopicConfig topic, out IQueueFilter? filter)
    {
        topic = null!;
        filter = null;
        var options = configuration.Current;
        if (time.GetUtcNow().ToUnixTimeMilliseconds() - header.BornTime - header.PollTime > MostLateMs)
        {
            return new(ResponseCode.PollingTimeout, $"the broker[{options.BrokerIP1}] pop message is timeout too much");
        }

        if (header.MaxMsgNums > MaxMessages) return new(ResponseCode.SystemError, $"the broker[{options.BrokerIP1}] pop message's num is greater than {MaxMessages}");
        if (check.CheckRead(connection, "pop message", header.ConsumerGroup, header.Topic, header.QueueId, out topic) is { } refusal) return refusal;
        if (string.IsNullOrEmpty(header.Exp)) return null;
        if (!SubscriptionData.TryBuild(header.Topic, header.Exp, header.ExpType, out var subscription)) return new(ResponseCode.SubscriptionParseFailed, "parse the consumer's subscription failed");
        if (filters.Check(subscription) is { } wrong) return wrong;
        filter = filters.For(header.ConsumerGroup, subscription);
        return null;
    }

    /// <summary>A request without its time was born when it came; noted in it, for it may be done again.</summary>
    private PopMessageRequestHeader WithBornTime(PopMessageRequestHeader header, RemotingCommand request)
    {
        if (header.BornTime != 0) return header;
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        request.ExtFields.Add("bornTime", now);
        return header with { BornTime = now };
    }

    private static RemotingCommand Answer(RemotingCommand request, PopMessageRequestHeader header, PopBatch batch, int code, string remark)
    {
        var response = request.CreateResponse(code, remark, batch.ToBody());
        batch.ToHeader(header).AddTo(response.ExtFields);
        return response;
    }
}
