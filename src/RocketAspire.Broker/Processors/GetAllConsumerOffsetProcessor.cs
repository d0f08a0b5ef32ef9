using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_ALL_CONSUMER_OFFSET (43): all groups' progress; slaves copy it.</summary>
public sealed class GetAllConsumerOffsetProcessor(ConsumerOffsetTable offsets) : IRequestProcessor
{
    public int Code => RequestCode.GetAllConsumerOffset;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request) => request.CreateResponse(ResponseCode.Success, body: offsets.ToJson());
}
