using Grpc.Core;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>The way to a client that has a telemetry stream open: one command at a time.</summary>
internal sealed class TelemetryStream(IServerStreamWriter<TelemetryCommand> writer, CancellationToken ended) : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>False when the client is gone or doesn't read.</summary>
    public async Task<bool> WriteAsync(TelemetryCommand command)
    {
        try
        {
            if (!await _turn.WaitAsync(Longest, ended).ConfigureAwait(false)) return false;
            try
            {
                await writer.WriteAsync(command, ended).WaitAsync(Longest, ended).ConfigureAwait(false);
                return true;
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException or RpcException or IOException or TimeoutException or ObjectDisposedException)
        {
            return false;
        }
    }

    public void Dispose() => _turn.Dispose();
}
