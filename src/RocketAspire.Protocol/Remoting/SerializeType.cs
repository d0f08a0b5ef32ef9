namespace RocketAspire.Protocol.Remoting;

/// <summary>Serialisation of a remoting header: the top byte of a frame's second integer.</summary>
public enum SerializeType : byte
{
    Json = 0,
    RocketMQ = 1,
}
