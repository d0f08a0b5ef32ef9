using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>NotifyClientTermination: a client goes; what it holds comes to others soon.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/client/ClientActivity.java</remarks>
internal sealed class NotifyClientTerminationCall(ClientTable clients)
{
    public NotifyClientTerminationResponse Answer(CallContext call, NotifyClientTerminationRequest request)
    {
        if (clients.Remove(call.ClientId) is not { } session) return new() { Status = HeartbeatCall.NoSettings };
        return new() { Status = HeartbeatCall.Refuse(session.Settings.ClientType, request.Group) ?? Statuses.Ok };
    }
}
