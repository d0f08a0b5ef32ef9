using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Ha;

/// <summary>
/// 7302: a slave always has one of these open, and the master answers when a table changes. So a change arrives at once,
/// over the connection that the slave made. Fields: <c>instance</c> and one version a table (named after its file), as
/// the last answer gave them; the answer's body is a <see cref="TableBundle"/> of those that are newer, empty if none
/// became so for a while.
/// </summary>
internal sealed class TableWatchProcessor(TableWatch watch, Func<bool> isOpen, TimeProvider time) : IRequestProcessor
{
    /// <summary>An answer comes at least so often.</summary>
    public static readonly TimeSpan HoldFor = TimeSpan.FromSeconds(10);

    public int Code => RequestCode.ReplicationMetadataPush;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!isOpen())
        {
            // A wiped master's tables must not replace the slave's good ones.
            return request.CreateResponse(ResponseCode.ServiceNotAvailable, "this master has no tables to give yet");
        }
        var known = KnownVersions(request);
        var next = watch.NextChange;
        var newer = watch.NewerThan(known);
        if (newer.Count == 0)
        {
            try
            {
                await next.WaitAsync(HoldFor, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Nothing new: the slave asks again.
            }
            newer = watch.NewerThan(known);
        }
        var answer = request.CreateResponse(ResponseCode.Success, body: TableBundle.Encode(newer));
        answer.ExtFields.Add("instance", watch.Instance);
        return answer;
    }

    private Dictionary<string, long> KnownVersions(RemotingCommand request)
    {
        var known = new Dictionary<string, long>();
        if (request.ExtFields["instance"] == watch.Instance)
        {
            foreach (var (name, _) in request.ExtFields)
            {
                known[name] = request.ExtFields.GetInt64(name, -1);
            }
        }
        return known;
    }
}
