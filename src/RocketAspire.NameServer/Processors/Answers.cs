using RocketAspire.Protocol;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>Answers that many processors give.</summary>
internal static class Answers
{
    public static RemotingCommand? Ok(RemotingCommand request, ReadOnlyMemory<byte> body = default) => request.CreateResponse(ResponseCode.Success, body: body);

    public static RemotingCommand? Refused(RemotingCommand request, string reason) => request.CreateResponse(ResponseCode.SystemError, reason);

    /// <summary>Clients from 4.9.4 on read standard JSON; older Java ones read fastjson's bare keys only where they always have.</summary>
    public static bool WantsStandardJson(RemotingCommand request) =>
        request.Version >= RocketMQVersion.V4_9_4 || request.ExtFields.GetBoolean("acceptStandardJsonOnly", false);
}
