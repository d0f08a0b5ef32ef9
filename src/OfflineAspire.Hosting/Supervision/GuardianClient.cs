using System.Collections.Concurrent;
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

/// <summary>The AppHost's end of the guardian; stops the groups itself when the guardian was killed.</summary>
internal sealed class GuardianClient : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<int, ManagedProcess> _processes = new();
    private readonly ConcurrentDictionary<string, bool> _folders = new();
    private readonly TaskCompletionSource<int> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly string _runId = Guid.NewGuid().ToString("n");
    private SpawnedProcess? _guardian;
    private Task<SpawnedProcess>? _starting;
    private int _lastId;
    private bool _shuttingDown;

    /// <summary>Completes with the guardian's process id after it died by itself and everything it watched over has been stopped.</summary>
    public Task<int> Lost => _lost.Task;

    public int? ProcessId => _guardian?.ProcessId;

    public void StartEarly() => _ = ConnectAsync();

    /// <exception cref="DistributedApplicationException">The guardian can't be started.</exception>
    public async Task<ManagedProcess> StartAsync(string file, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment,
        string workingDirectory, Action<string, bool> onLine)
    {
        await ConnectAsync().ConfigureAwait(false);
        int id = Interlocked.Increment(ref _lastId);
        var process = new ManagedProcess(id, $"{_runId}/{id}", onLine);
        _processes[id] = process;
        GuardianMessage message = new GuardianMessage(MessageKind.Start, id).Add(file).Add(process.Marker).Add(workingDirectory).Add(arguments.Count);
        foreach (string argument in arguments)
        {
            message.Add(argument);
        }
        message.Add(environment.Count);
        foreach ((string name, string value) in environment)
        {
            message.Add(name).Add(value);
        }
        if (!Send(message))
        {
            process.OnStartFailed("the guardian process is gone");
        }
        return process;
    }

    public void Stop(ManagedProcess process, TimeSpan grace) => Send(new GuardianMessage(MessageKind.Stop, process.Id).Add((int)grace.TotalMilliseconds));

    public void KillAll() => Send(new GuardianMessage(MessageKind.KillAll, 0));

    public void KeepFolder(string path)
    {
        _folders[path] = true;
        Send(new GuardianMessage(MessageKind.KeepFolder, 0).Add(path));
    }

    public void ForgetFolder(string path)
    {
        _folders.TryRemove(path, out _);
        Send(new GuardianMessage(MessageKind.ForgetFolder, 0).Add(path));
    }

    public async ValueTask DisposeAsync()
    {
        Task<SpawnedProcess>? starting;
        lock (_gate)
        {
            _shuttingDown = true;
            starting = _starting;
        }
        if (starting is null)
        {
            return;
        }
        try
        {
            SpawnedProcess guardian = await starting.ConfigureAwait(false);
            Send(new GuardianMessage(MessageKind.Shutdown, 0));
            await _ended.Task.ConfigureAwait(false);
            guardian.StandardInput!.Dispose();
        }
        catch (DistributedApplicationException)
        {
            // It never ran.
        }
    }

    private Task<SpawnedProcess> ConnectAsync()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_shuttingDown, this);
            return _starting ??= Task.Run(Connect);
        }
    }

    private SpawnedProcess Connect()
    {
        try
        {
            SpawnedProcess guardian = Platform.Current.Spawn(GuardianCommand());
            lock (_gate)
            {
                _guardian = guardian;
                foreach (string folder in _folders.Keys)
                {
                    new GuardianMessage(MessageKind.KeepFolder, 0).Add(folder).WriteTo(guardian.StandardInput!);
                }
            }
            new Thread(() => Read(guardian), 256 * 1024) { IsBackground = true, Name = "guardian" }.Start();
            return guardian;
        }
        catch (SpawnException e)
        {
            throw new DistributedApplicationException($"The guardian process is needed to run resources: {e.Message}.");
        }
    }

    private static SpawnRequest GuardianCommand()
    {
        string library = typeof(GuardianClient).Assembly.Location;
        string program = Path.ChangeExtension(library, OperatingSystem.IsWindows() ? ".exe" : null);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["DOTNET_ROOT"] = DotnetHost.Root,
            ["DOTNET_TieredPGO"] = "0",
            ["DOTNET_TieredCompilation"] = "1",
            ["DOTNET_gcServer"] = "0",
        };
        foreach (string name in (string[])["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "LANG"])
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                environment[name] = value;
            }
        }
        bool hasProgram = File.Exists(program);
        return new()
        {
            File = hasProgram ? program : DotnetHost.Executable,
            Arguments = hasProgram ? ["guardian"] : ["exec", library, "guardian"],
            Environment = environment,
            // Not the AppHost's folder, which a test may want to remove.
            WorkingDirectory = Path.GetTempPath(),
            IsGuardian = true,
        };
    }

    private bool Send(GuardianMessage message)
    {
        lock (_gate)
        {
            try
            {
                if (_guardian is null)
                {
                    return false;
                }
                message.WriteTo(_guardian.StandardInput!);
                return true;
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    private void Read(SpawnedProcess guardian)
    {
        while (GuardianMessage.Read(guardian.StandardOutput) is { } message)
        {
            if (_processes.TryGetValue(message.GroupId, out ManagedProcess? process))
            {
                Dispatch(message, process);
            }
        }
        Platform.Current.WaitForChild(guardian.ProcessId);
        bool expected;
        lock (_gate)
        {
            expected = _shuttingDown;
        }
        if (!expected || !_processes.IsEmpty)
        {
            StopAllWithoutGuardian();
        }
        _ended.TrySetResult();
        if (!expected)
        {
            _lost.TrySetResult(guardian.ProcessId);
        }
    }

    private void Dispatch(GuardianMessage message, ManagedProcess process)
    {
        switch (message.Kind)
        {
            case MessageKind.Started:
                process.OnStarted(message.ReadInt());
                break;
            case MessageKind.StartFailed:
                _processes.TryRemove(process.Id, out _);
                process.OnStartFailed(message.ReadString());
                break;
            case MessageKind.Output:
                bool isError = message.ReadInt() != 0;
                process.OnLine(message.ReadString(), isError);
                break;
            case MessageKind.Exited:
                process.OnExited(new(message.ReadInt(), message.ReadInt()));
                break;
            case MessageKind.Gone:
                _processes.TryRemove(process.Id, out _);
                process.OnGone();
                break;
        }
    }

    private void StopAllWithoutGuardian()
    {
        ManagedProcess[] left = [.. _processes.Values];
        List<ProcessGroup> groups = [.. left.Where(p => p.Started.IsCompletedSuccessfully)
            .Select(p => new ProcessGroup(p.Id, p.Started.Result, p.Marker, null))];
        long killAt = Environment.TickCount64 + (long)Grace.TotalMilliseconds;
        bool asked = false;
        while (groups.Count > 0)
        {
            Platform.Current.Scan(groups, guardianId: 0);
            groups.RemoveAll(g => g.Members.Count == 0);
            foreach (ProcessGroup group in groups)
            {
                if (Environment.TickCount64 >= killAt)
                {
                    Platform.Current.Kill(group);
                }
                else if (!asked)
                {
                    Platform.Current.Terminate(group);
                }
            }
            asked = true;
            Thread.Sleep(groups.Count > 0 ? 20 : 0);
        }
        foreach (ManagedProcess process in left)
        {
            process.OnStartFailed("the guardian process is gone");
            process.OnExited(new(128 + 9, 9));
            process.OnGone();
        }
        _processes.Clear();
        foreach (string folder in _folders.Keys)
        {
            TemporaryFiles.DeleteFolder(folder);
        }
    }
}
