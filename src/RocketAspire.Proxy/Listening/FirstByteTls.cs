using System.IO.Pipelines;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using RocketAspire.Remoting.Tls;

namespace RocketAspire.Proxy;

/// <summary>TLS and plain HTTP/2 on one port: a connection's first byte decides. Above it, everything is HTTP/2 without TLS.</summary>
internal sealed class FirstByteTls(TlsServer tls, ILogger logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var plain = connection.Transport;
        var raw = new DuplexStream(plain);
        Stream stream;
        try
        {
            if (await FirstByteAsync(connection).ConfigureAwait(false) is not { } first) return;
            stream = await tls.SecureAsync(first, raw, connection.ConnectionClosed).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            Log.NotSecured(logger, connection.RemoteEndPoint?.ToString() ?? "", (e.InnerException ?? e).Message.ReplaceLineEndings(" "));
            return;
        }

        if (ReferenceEquals(stream, raw))
        {
            await next(connection).ConfigureAwait(false);
            return;
        }

        await using (stream.ConfigureAwait(false))
        {
            var secured = new StreamPipes(stream);
            connection.Transport = secured;
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                connection.Transport = plain;
                await secured.Input.CompleteAsync().ConfigureAwait(false);
                await secured.Output.CompleteAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Looks at it and leaves it there; null when none comes.</summary>
    private static async ValueTask<byte?> FirstByteAsync(ConnectionContext connection)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        limit.CancelAfter(Patience);
        var input = connection.Transport.Input;
        var read = await input.ReadAsync(limit.Token).ConfigureAwait(false);
        byte? first = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0];
        input.AdvanceTo(read.Buffer.Start, read.Buffer.Start);
        return first;
    }

    private sealed class StreamPipes(Stream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, minimumReadSize: 4096, leaveOpen: true));

        public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: 4096, leaveOpen: true));
    }
}
