using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>WIPE_WRITE_PERM_OF_BROKER (205) and ADD_WRITE_PERM_OF_BROKER (327): producers stop using a group, or use it again.</summary>
internal sealed class ChangeWritePermProcessor(RouteTable routes, int code) : IRequestProcessor
{
    public int Code => code;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var fields = new HeaderReader(request.ExtFields);
        var name = fields.Text("brokerName");
        if (fields.Problem is { } problem) return new(Answers.Refused(request, problem));
        var wipe = code == RequestCode.WipeWritePermOfBroker;
        var count = routes.ChangePerm(name, perm => wipe ? perm & ~PermName.Write : PermName.ReadWrite);
        var answer = request.CreateResponse(ResponseCode.Success);
        answer.ExtFields.Add(wipe ? "wipeTopicCount" : "addTopicCount", count);
        return new(answer);
    }
}
