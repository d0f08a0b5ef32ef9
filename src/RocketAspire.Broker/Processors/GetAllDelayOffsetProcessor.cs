using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_ALL_DELAY_OFFSET (45): progress of the delay levels; slaves copy it.</summary>
public sealed class GetAllDelayOffsetProcessor(DelayOffsetTable offsets) : IRequestProcessor
{
    public int Code => RequestCode.GetAllDelayOffset;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request) => request.CreateResponse(ResponseCode.Success, body: offsets.ToJson());
}
