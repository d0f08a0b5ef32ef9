using Aspire.Hosting;

namespace OfflineAspire;

/// <summary>A command that runs under the guardian.</summary>
internal sealed class ManagedProcess(int id, string marker, Action<string, bool> onLine)
{
    private readonly TaskCompletionSource<int> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Id => id;

    public string Marker => marker;

    /// <summary>The process id; fails with one line when the command can't be started.</summary>
    public Task<int> Started => _started.Task;

    /// <summary>The command itself has ended, and all its output has been passed on.</summary>
    public Task<ExitStatus> Exited => _exited.Task;

    /// <summary>None of its descendants lives.</summary>
    public Task Gone => _gone.Task;

    public void OnStarted(int processId) => _started.TrySetResult(processId);

    public void OnStartFailed(string message)
    {
        _started.TrySetException(new DistributedApplicationException(message));
        _gone.TrySetResult();
    }

    public void OnLine(string line, bool isError) => onLine(line, isError);

    public void OnExited(ExitStatus status) => _exited.TrySetResult(status);

    public void OnGone() => _gone.TrySetResult();
}
