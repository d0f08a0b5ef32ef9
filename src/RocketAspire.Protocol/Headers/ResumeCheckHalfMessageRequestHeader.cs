using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of RESUME_CHECK_HALF_MESSAGE (323).</summary>
/// <param name="MsgId">The offsetMsgId of the message that was given up.</param>
public sealed record ResumeCheckHalfMessageRequestHeader(string? MsgId) : IRequestHeader<ResumeCheckHalfMessageRequestHeader>
{
    public static ResumeCheckHalfMessageRequestHeader Read(ref HeaderReader reader) => new(reader.TextOrNull("msgId"));

    public ExtFields ToExtFields() => new() { { "msgId", MsgId } };
}
