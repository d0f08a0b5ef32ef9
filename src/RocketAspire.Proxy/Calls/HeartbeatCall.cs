using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>Heartbeat: a client lives.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/client/ClientActivity.java</remarks>
internal sealed class HeartbeatCall(ClientTable clients)
{
    public HeartbeatResponse Answer(CallContext call, HeartbeatRequest request)
    {
        if (clients.Find(call.ClientId) is not { } session) return new() { Status = NoSettings };
        var type = session.Settings.ClientType;
        if (Refuse(type, request.Group) is { } wrong) return new() { Status = wrong };
        clients.Touch(session);
        if (session.Stream is { } stream && session.TakeRepeat() is { } settings) _ = stream.WriteAsync(new() { Status = Statuses.Ok, Settings = settings });
        return new() { Status = Statuses.Ok };
    }

    public static Status NoSettings => Statuses.Of(Code.UnrecognizedClientType, "cannot find client settings for this client");

    /// <summary>Null for a client of a known type; a consumer has to name its group.</summary>
    public static Status? Refuse(ClientType type, Resource? group) => type switch
    {
        ClientType.Producer => null,
        ClientType.PushConsumer or ClientType.SimpleConsumer => Checks.Group(group),
        _ => Statuses.Of(Code.UnrecognizedClientType, type.ToString()),
    };
}
