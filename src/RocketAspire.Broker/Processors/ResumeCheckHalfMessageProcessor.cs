using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>RESUME_CHECK_HALF_MESSAGE (323): puts a half message that was given up back among those that are asked about.</summary>
internal sealed class ResumeCheckHalfMessageProcessor(MessageStore store, MessageWriter writer) : IRequestProcessor
{
    private const string Failed = "Put message back to RMQ_SYS_TRANS_HALF_TOPIC failed";

    public int Code => RequestCode.ResumeCheckHalfMessage;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<ResumeCheckHalfMessageRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        if (header.MsgId is null || !MessageId.TryParse(header.MsgId, out _, out var offset))
        {
            return request.CreateResponse(ResponseCode.SystemError, $"{Failed}: {header.MsgId} is no message id");
        }

        if (!writer.AcceptsWrites(out var reason)) return request.CreateResponse(ResponseCode.SystemError, $"{Failed}: {reason}");
        if (store.ReadRecord(offset) is not { } message) return request.CreateResponse(ResponseCode.SystemError, $"{Failed}: no message at offset {offset}");
        var properties = message.Properties.Span;
        if (MessageProperties.Get(properties, MessageProperties.RealTopic) is null || HalfMessages.Number(message, MessageProperties.RealQueueId) is null)
        {
            // Anything else would be asked about without end and could never be delivered.
            return request.CreateResponse(ResponseCode.SystemError, $"{Failed}: the message in {message.Topic} is no half message");
        }

        var result = writer.AppendNow(HalfMessages.ToResumed(message));
        if (!result.IsOk) return request.CreateResponse(ResponseCode.SystemError, $"{Failed}: {result.Status}");
        await writer.WaitStoredAsync(result, TopicNames.TransHalf, cancellationToken).ConfigureAwait(false);
        return request.CreateResponse(ResponseCode.Success);
    }
}
