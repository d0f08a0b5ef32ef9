using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>CONSUME_MESSAGE_DIRECTLY (309): gives one message to one consumer and tells how it fared. The group's progress stays as it is.</summary>
public sealed class ConsumeMessageDirectlyProcessor(ClientCalls calls, MessageStore store, BrokerAddress address) : IRequestProcessor
{
    public int Code => RequestCode.ConsumeMessageDirectly;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<ConsumeMessageDirectlyRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        if (header.MsgId is null || !MessageId.TryParse(header.MsgId, out _, out var offset))
        {
            return request.CreateResponse(ResponseCode.SystemError, $"{header.MsgId} is no message id");
        }

        if (store.Queries.ReadRecordBytes(offset) is not { Length: > 0 } body)
        {
            return request.CreateResponse(ResponseCode.SystemError, $"can not find message by the offset, {offset}");
        }

        var fields = (header with { BrokerName = address.BrokerName }).ToExtFields();
        return await calls.PassOnAsync(request, fields, body, header.ConsumerGroup, header.ClientId, cancellationToken).ConfigureAwait(false);
    }
}
