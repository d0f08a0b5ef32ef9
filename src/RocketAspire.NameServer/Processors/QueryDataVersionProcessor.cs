using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>QUERY_DATA_VERSION (322): has the broker changed since it registered? Counts as a sign of life.</summary>
internal sealed class QueryDataVersionProcessor(RouteTable routes) : IRequestProcessor
{
    public int Code => RequestCode.QueryDataVersion;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var fields = new HeaderReader(request.ExtFields);
        var (address, cluster) = (fields.Text("brokerAddr"), fields.Text("clusterName"));
        if (fields.Problem is { } problem) return new(Answers.Refused(request, problem));
        DataVersion asked;
        try
        {
            asked = DataVersion.Decode(request.Body.Span);
        }
        catch (FastJsonException e)
        {
            return new(Answers.Refused(request, "the body can't be read: " + e.Message));
        }

        var known = routes.Touch(cluster, address);
        var answer = request.CreateResponse(ResponseCode.Success);
        answer.ExtFields.Add("changed", known is null || known != asked);
        if (known is not null) answer.Body = known.Encode();
        return new(answer);
    }
}
