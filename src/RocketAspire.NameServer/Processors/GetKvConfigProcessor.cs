using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>GET_KV_CONFIG (101).</summary>
internal sealed class GetKvConfigProcessor(KvConfigTable kv) : IRequestProcessor
{
    public int Code => RequestCode.GetKvConfig;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var fields = new HeaderReader(request.ExtFields);
        var (space, key) = (fields.Text("namespace"), fields.Text("key"));
        if (fields.Problem is { } problem) return new(Answers.Refused(request, problem));
        if (kv.Get(space, key) is not { } value)
            return new(request.CreateResponse(ResponseCode.QueryNotFound, $"No config item, Namespace: {space} Key: {key}"));
        var answer = request.CreateResponse(ResponseCode.Success);
        answer.ExtFields.Add("value", value);
        return new(answer);
    }
}
