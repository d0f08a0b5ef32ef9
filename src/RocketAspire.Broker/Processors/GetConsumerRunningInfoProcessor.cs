using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_CONSUMER_RUNNING_INFO (307): what a consumer tells of itself.</summary>
public sealed class GetConsumerRunningInfoProcessor(ClientCalls calls) : IRequestProcessor
{
    public int Code => RequestCode.GetConsumerRunningInfo;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        RequestHeader.TryRead<GetConsumerRunningInfoRequestHeader>(request.ExtFields, out var header, out var problem)
            ? await calls.PassOnAsync(request, request.ExtFields, request.Body, header.ConsumerGroup, header.ClientId, cancellationToken).ConfigureAwait(false)
            : request.CreateResponse(ResponseCode.SystemError, problem);
}
