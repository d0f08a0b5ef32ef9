using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>GET_KVLIST_BY_NAMESPACE (219).</summary>
internal sealed class GetKvListProcessor(KvConfigTable kv) : IRequestProcessor
{
    public int Code => RequestCode.GetKvlistByNamespace;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var fields = new HeaderReader(request.ExtFields);
        var space = fields.Text("namespace");
        if (fields.Problem is { } problem) return new(Answers.Refused(request, problem));
        return new(kv.List(space) is { } table
            ? Answers.Ok(request, table.Encode())
            : request.CreateResponse(ResponseCode.QueryNotFound, $"No config item, Namespace: {space}"));
    }
}
