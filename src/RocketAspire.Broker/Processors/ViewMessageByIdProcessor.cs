using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>VIEW_MESSAGE_BY_ID (33): one message by its place in the commit log.</summary>
public sealed class ViewMessageByIdProcessor(MessageStore store) : IRequestProcessor
{
    public int Code => RequestCode.ViewMessageById;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<ViewMessageRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.SystemError, problem));
        }

        if (store.Queries.ReadRecordBytes(header.Offset) is not { Length: > 0 } body)
        {
            return ValueTask.FromResult<RemotingCommand?>(
                request.CreateResponse(ResponseCode.SystemError, $"can not find message by the offset, {header.Offset}"));
        }

        return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.Success, body: body));
    }
}
