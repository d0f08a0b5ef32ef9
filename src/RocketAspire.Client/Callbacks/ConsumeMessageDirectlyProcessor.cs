using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Client.Callbacks;

/// <summary>CONSUME_MESSAGE_DIRECTLY (309): the handler gets one message that an operator picked; the answer says what it made of it.</summary>
internal sealed class ConsumeMessageDirectlyProcessor(ClientGroups groups) : IRequestProcessor
{
    public int Code => RequestCode.ConsumeMessageDirectly;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<ConsumeMessageDirectlyRequestHeader>(request.ExtFields, out var header, out var problem))
            return request.CreateResponse(ResponseCode.SystemError, problem);
        if (!MessageRecordCodec.TryDecode(request.Body.Span, out var record)) return request.CreateResponse(ResponseCode.SystemError, "the message can't be read");
        var consumer = groups.Consumer(header.ConsumerGroup);
        var result = consumer is null ? null : await consumer.ConsumeDirectlyAsync(record!, header.BrokerName ?? "", cancellationToken).ConfigureAwait(false);
        return result is null
            ? request.CreateResponse(ResponseCode.SystemError, $"The Consumer Group <{header.ConsumerGroup}> not exist in this consumer")
            : request.CreateResponse(ResponseCode.Success, body: result.Encode());
    }
}
