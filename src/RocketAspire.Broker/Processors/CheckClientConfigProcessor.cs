using RocketAspire.Broker.Filtering;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>CHECK_CLIENT_CONFIG (46): whether this broker can filter as a consumer wants to.</summary>
public sealed class CheckClientConfigProcessor(FilterFactory filters) : IRequestProcessor
{
    public int Code => RequestCode.CheckClientConfig;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        // Old clients ask with an empty body.
        if (request.Body.IsEmpty) return request.CreateResponse(ResponseCode.Success);
        try
        {
            var body = CheckClientBody.Decode(request.Body.Span);
            return body.Subscription is { } subscription && filters.Check(subscription) is { } refusal
                ? request.CreateResponse(refusal.Code, refusal.Remark)
                : request.CreateResponse(ResponseCode.Success);
        }
        catch (FastJsonException e)
        {
            return request.CreateResponse(ResponseCode.SystemError, "the body can't be read: " + e.Message);
        }
    }
}
