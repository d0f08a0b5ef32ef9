using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Acl;

/// <summary>Asks the rules before each request. Apache answers SYSTEM_ERROR with the exception's text, and so does this.</summary>
internal sealed class AclGuard(AclStore store) : IRequestGuard
{
    private const string ExceptionName = "org.apache.rocketmq.acl.common.AclException: ";

    public string? Refuse(RemotingConnection connection, RemotingCommand request) =>
        store.Rules.Refuse(request, connection.RemoteEndPoint.Address) is { } reason ? ExceptionName + reason : null;
}
