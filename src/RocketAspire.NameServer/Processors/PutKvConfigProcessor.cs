using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>PUT_KV_CONFIG (100).</summary>
internal sealed class PutKvConfigProcessor(KvConfigTable kv) : IRequestProcessor
{
    public int Code => RequestCode.PutKvConfig;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var fields = new HeaderReader(request.ExtFields);
        var (space, key, value) = (fields.Text("namespace"), fields.Text("key"), fields.Text("value"));
        if (fields.Problem is { } problem) return Answers.Refused(request, problem);
        await kv.PutAsync(space, key, value, cancellationToken).ConfigureAwait(false);
        return Answers.Ok(request);
    }
}
