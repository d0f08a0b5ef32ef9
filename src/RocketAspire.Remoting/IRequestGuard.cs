using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Remoting;

/// <summary>Decides who may ask for what. Asked before the processor is looked up, for unknown codes too.</summary>
public interface IRequestGuard
{
    /// <summary>Null lets the request pass; else the remark of the SYSTEM_ERROR that answers it. Called on the reading thread.</summary>
    string? Refuse(RemotingConnection connection, RemotingCommand request);
}
