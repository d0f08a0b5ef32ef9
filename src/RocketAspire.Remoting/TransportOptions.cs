using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace RocketAspire.Remoting;

/// <summary>Socket settings that both sides share.</summary>
internal static class TransportOptions
{
    // Reading ahead is bounded by what a batch looks at; a larger frame is examined as it comes.
    private const long MaxReadBufferBytes = 1024 * 1024;
    private const long MaxWriteBufferBytes = 256 * 1024;

    // Processors never block, so they may run where the bytes arrive: two switches of threads less per request.
    private const bool InlineScheduling = true;

    public static SocketTransportOptions ForServer() => new()
    {
        NoDelay = true,
        Backlog = 1024,
        UnsafePreferInlineScheduling = InlineScheduling,
        MaxReadBufferSize = MaxReadBufferBytes,
        MaxWriteBufferSize = MaxWriteBufferBytes,
    };

    public static SocketConnectionFactoryOptions ForClient() => new()
    {
        UnsafePreferInlineScheduling = InlineScheduling,
        MaxReadBufferSize = MaxReadBufferBytes,
        MaxWriteBufferSize = MaxWriteBufferBytes,
    };
}
