using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>Reads bodies of answers; one that can't be read counts as an error answer.</summary>
internal static class Body
{
    public delegate T Decoder<out T>(ReadOnlySpan<byte> body);

    /// <exception cref="RocketMQResponseException">The body can't be read.</exception>
    public static T Read<T>(string address, int requestCode, RemotingCommand answer, Decoder<T> decode)
    {
        try
        {
            return decode(answer.Body.Span);
        }
        catch (FastJsonException e)
        {
            throw new RocketMQResponseException(address, requestCode, answer.Code, "the answer's body can't be read: " + e.Message);
        }
    }
}
