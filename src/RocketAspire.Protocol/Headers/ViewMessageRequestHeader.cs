using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of VIEW_MESSAGE_BY_ID (33).</summary>
/// <param name="Offset">Place in the commit log, in bytes: the second half of an offsetMsgId.</param>
public sealed record ViewMessageRequestHeader(long Offset) : IRequestHeader<ViewMessageRequestHeader>
{
    public static ViewMessageRequestHeader Read(ref HeaderReader reader) => new(reader.Int64("offset"));

    public ExtFields ToExtFields() => new() { { "offset", Offset } };
}
