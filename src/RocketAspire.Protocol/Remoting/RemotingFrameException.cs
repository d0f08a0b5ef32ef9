namespace RocketAspire.Protocol.Remoting;

/// <summary>The stream can't be framed any more (a length outside its limits): the connection has to be closed.</summary>
public sealed class RemotingFrameException(string message) : Exception(message);

/// <summary>
/// The frame is intact but its header can't be read: the frame has been skipped, the sender is told by
/// <see cref="ResponseCode.SystemError"/> and the connection goes on.
/// </summary>
public sealed class RemotingHeaderException : Exception
{
    public RemotingHeaderException(string message, int? opaque = null, int flag = 0, SerializeType serializeType = SerializeType.Json)
        : base(message)
    {
        Opaque = opaque;
        Flag = flag;
        SerializeType = serializeType;
    }

    /// <summary>The correlation number, when it was read before the header turned out to be bad.</summary>
    public int? Opaque { get; }

    /// <summary>The flags as far as they were read: 0 when unknown.</summary>
    public int Flag { get; }

    /// <summary>The serialisation in which to answer.</summary>
    public SerializeType SerializeType { get; }

    /// <summary>The error answer, or null when the broken command was itself a response or one-way.</summary>
    /// <remarks>An unknown opaque becomes −1: no client counts from there, so nobody mistakes it for an answer of its own.</remarks>
    public RemotingCommand? CreateResponse()
    {
        if ((Flag & 0b11) != 0) return null;
        var request = new RemotingCommand { Opaque = Opaque ?? -1, SerializeType = SerializeType };
        return request.CreateResponse(ResponseCode.SystemError, "bad header: " + Message);
    }
}
