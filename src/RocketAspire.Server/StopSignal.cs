using System.Runtime.InteropServices;

namespace RocketAspire.Server;

/// <summary>SIGTERM and SIGINT ask for a clean stop; a second one while stopping ends the process at once, as the system's default does.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancel = new();
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration _interrupt;

    public StopSignal()
    {
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
    }

    /// <summary>Completes when a stop is asked for.</summary>
    public Task Asked => _asked.Task;

    /// <summary>Cancelled when a stop is asked for: for what is still starting.</summary>
    public CancellationToken Token => _cancel.Token;

    public void Dispose()
    {
        _terminate.Dispose();
        _interrupt.Dispose();
        _cancel.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = _asked.TrySetResult();
        if (context.Cancel) _cancel.Cancel();
    }
}
