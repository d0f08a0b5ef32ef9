using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>DELETE_KV_CONFIG (102).</summary>
internal sealed class DeleteKvConfigProcessor(KvConfigTable kv) : IRequestProcessor
{
    public int Code => RequestCode.DeleteKvConfig;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var fields = new HeaderReader(request.ExtFields);
        var (space, key) = (fields.Text("namespace"), fields.Text("key"));
        if (fields.Problem is { } problem) return Answers.Refused(request, problem);
        if (kv.Get(space, key) is not null) await kv.DeleteAsync(space, key, cancellationToken).ConfigureAwait(false);
        return Answers.Ok(request);
    }
}
