using System.Collections.Concurrent;
using Aspire.Hosting;

namespace OfflineAspire;

/// <summary>The AppHost's end of the guardian; stops the groups itself when the guardian was killed.</summary>
internal sealed class GuardianClient : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<int, ManagedProcess> _processes = new();
    private readonly ConcurrentDictionary<string, bool> _folders = new();
    private readonly ConcurrentDictionary<string, (int Order, SpawnRequest Request)> _commands = new();
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
        string workingDirectory, Action<string, bool> onLine, bool isEngine = false)
    {
        await ConnectAsync().ConfigureAwait(false);
        int id = Interlocked.Increment(ref _lastId);
        var process = new ManagedProcess(id, $"{(isEngine ? ProcessGroup.EnginePrefix : "")}{_runId}/{id}", onLine);
        _processes[id] = process;
        var request = new SpawnRequest { File = file, Arguments = arguments, Environment = environment, WorkingDirectory = workingDirectory };
        if (!Send(new GuardianMessage(MessageKind.Start, id).Add(process.Marker, request)))
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

    /// <summary>A command to be run at the end when nobody has told to forget it by then: after the AppHost was killed.</summary>
    /// <exception cref="DistributedApplicationException">The guardian can't be started.</exception>
    public async Task KeepCommandAsync(string name, SpawnRequest request)
    {
        await ConnectAsync().ConfigureAwait(false);
        _commands[name] = (Interlocked.Increment(ref _lastId), request);
        Send(new GuardianMessage(MessageKind.KeepCommand, 0).Add(name, request));
    }

    public void ForgetCommand(string name)
    {
        _commands.TryRemove(name, out _);
        Send(new GuardianMessage(MessageKind.ForgetCommand, 0).Add(name));
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
            Arguments = hasProgram ? ["guardian"] : [.. DotnetHost.ArgumentsFor(library), "guardian"],
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

    // In the guardian's place.
    private void RunCommands()
    {
        foreach ((_, SpawnRequest request) in _commands.Values.OrderByDescending(c => c.Order))
        {
            try
            {
                using var process = new System.Diagnostics.Process { StartInfo = new(request.File, request.Arguments) { RedirectStandardOutput = true, RedirectStandardError = true } };
                process.Start();
                process.WaitForExit(CommandLimit);
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // The engine is gone, and what it ran with it.
            }
        }
        _commands.Clear();
    }

    private void StopAllWithoutGuardian()
    {
        RunCommands();
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
