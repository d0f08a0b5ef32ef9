using Microsoft.Win32.SafeHandles;

namespace OfflineAspire;

/// <summary>
/// The guardian process: starts each command in a session of its own, passes its output on, and stops everything when the pipe
/// to the AppHost ends, however the AppHost died. One thread owns all state; readers and the reaper only send it events.
/// </summary>
internal sealed class Guardian
{
    // How often a stopping group is looked at, ms: often at first, since most end at once.
    private const int TickMs = 10;
    private const int SlowTickMs = 50;
    private const int FastTicks = 30;

    // After the command itself has ended, its output may be held open by descendants: wait this long for the rest, ms.
    private const int DrainMs = 250;

    private const int DefaultGraceMs = GuardianChild.DefaultGraceMs;

    // For one of a container engine's own commands, at the end, ms.
    private const int CleanupMs = 20_000;

    private readonly Dictionary<int, GuardianChild> _children = [];
    private readonly HashSet<string> _folders = [];
    private readonly GuardianCleanup _cleanup = new();
    private readonly GuardianEvents _events = new();
    private readonly Platform _platform = Platform.Current;
    private readonly Stream _input = new FileStream(new SafeFileHandle(0, false), FileAccess.Read, 0);
    private readonly BufferedStream _output = new(new FileStream(new SafeFileHandle(1, false), FileAccess.Write, 0), 16 * 1024);
    private bool _ending;
    private int _ticks;
    private bool _appHostListens = true;

    public int Run()
    {
        _platform.EnterGuardian((processId, status) => _events.Add(new(GuardianEventKind.ChildExited, processId) { Status = status }));
        new Thread(ReadCommands, 128 * 1024) { IsBackground = true, Name = "commands" }.Start();
        while (true)
        {
            if (_ending)
            {
                CleanUp();
                if (_cleanup.IsDone && _children.Count == 0)
                {
                    break;
                }
            }
            if (_events.Take(NextTickMs, Flush) is { } e)
            {
                Handle(e);
            }
            if (NeedsTick)
            {
                Tick();
            }
        }
        KillStrays();
        foreach (string folder in _folders)
        {
            TemporaryFiles.DeleteFolder(folder);
        }
        Flush();
        return 0;
    }

    private int NextTickMs => !NeedsTick ? Timeout.Infinite : _ticks < FastTicks ? TickMs : SlowTickMs;

    private bool NeedsTick => _children.Values.Any(c => c.StopsAt is not null || c.Status is not null || c.LimitAt is not null);

    private void ReadCommands()
    {
        while (GuardianMessage.Read(_input) is { } message)
        {
            _events.Add(new(GuardianEventKind.Command, 0) { Message = message });
        }
        _events.Add(new(GuardianEventKind.AppHostGone, 0));
    }

    private void Handle(GuardianEvent e)
    {
        switch (e.Kind)
        {
            case GuardianEventKind.Command:
                HandleCommand(e.Message!);
                break;
            case GuardianEventKind.AppHostGone:
                End();
                break;
            case GuardianEventKind.ChildExited when _children.Values.FirstOrDefault(c => c.Group.RootProcessId == e.Id) is { } child:
                child.Status = e.Status;
                child.DrainUntil = Environment.TickCount64 + DrainMs;
                _ticks = 0;
                break;
            case GuardianEventKind.Line:
                Send(new GuardianMessage(MessageKind.Output, e.Id).Add(e.IsError ? 1 : 0).Add(e.Line));
                break;
            case GuardianEventKind.StreamEnded when _children.GetValueOrDefault(e.Id) is { } child:
                child.OpenStreams--;
                break;
        }
    }

    private void HandleCommand(GuardianMessage message)
    {
        switch (message.Kind)
        {
            case MessageKind.Start when !_ending:
                Start(message);
                break;
            case MessageKind.Stop when _children.GetValueOrDefault(message.GroupId) is { } child:
                Stop(child, message.ReadInt());
                break;
            case MessageKind.KillAll:
                foreach (GuardianChild child in _children.Values)
                {
                    Stop(child, 0);
                }
                break;
            case MessageKind.KeepFolder:
                _folders.Add(message.ReadString());
                break;
            case MessageKind.KeepCommand:
                (string name, SpawnRequest request) = message.ReadRequest();
                _cleanup.Keep(name, request);
                break;
            case MessageKind.ForgetCommand:
                _cleanup.Forget(message.ReadString());
                break;
            case MessageKind.ForgetFolder:
                _folders.Remove(message.ReadString());
                break;
            case MessageKind.Shutdown:
                End();
                break;
        }
    }

    private void Start(GuardianMessage message)
    {
        (string marker, SpawnRequest request) = message.ReadRequest();
        try
        {
            Spawn(message.GroupId, marker, request);
        }
        catch (SpawnException e)
        {
            Send(new GuardianMessage(MessageKind.StartFailed, message.GroupId).Add(e.Message));
        }
    }

    private GuardianChild Spawn(int id, string marker, SpawnRequest request)
    {
        var environment = new Dictionary<string, string>(request.Environment) { [ProcessGroup.MarkerVariable] = marker };
        SpawnedProcess process = _platform.Spawn(request with { Environment = environment });
        GuardianChild child = _children[id] = new GuardianChild(new ProcessGroup(id, process.ProcessId, marker, process.Native), request.Environment);
        Send(new GuardianMessage(MessageKind.Started, id).Add(process.ProcessId));
        LineReader.Start(process.StandardOutput, id, isError: false, _events);
        LineReader.Start(process.StandardError!, id, isError: true, _events);
        return child;
    }

    // One after the other: a network can only go when its containers are gone. Then the engines' programs have ended by themselves.
    private void CleanUp()
    {
        while (_cleanup.Next(_children.ContainsKey) is { } next)
        {
            try
            {
                Spawn(next.Id, ProcessGroup.EnginePrefix + next.Id, next.Request).LimitAt = Environment.TickCount64 + CleanupMs;
            }
            catch (SpawnException)
            {
                // The engine was removed in the meantime, and what it ran with it.
            }
        }
        if (_cleanup.IsDone)
        {
            foreach (GuardianChild child in _children.Values.Where(c => c.StopsAt is null && c.LimitAt is null))
            {
                Stop(child, DefaultGraceMs);
            }
        }
    }

    /// <param name="child">Whom to stop.</param>
    /// <param name="graceMs">How long it may take; as long as the child asked for at least, unless it is killed at once by 0.</param>
    private void Stop(GuardianChild child, int graceMs)
    {
        _ticks = child.StopsAt is null ? 0 : _ticks;
        long at = Environment.TickCount64 + (graceMs > 0 ? Math.Max(graceMs, child.GraceMs) : 0);
        child.StopsAt = child.StopsAt is { } earlier ? Math.Min(earlier, at) : at;
    }

    private void End()
    {
        if (!_ending)
        {
            _ending = true;
            foreach (GuardianChild child in _children.Values.Where(c => !c.Group.IsEngine))
            {
                Stop(child, DefaultGraceMs);
            }
        }
    }

    private void Tick()
    {
        _ticks++;
        long now = Environment.TickCount64;
        foreach (GuardianChild child in _children.Values)
        {
            if (now >= child.LimitAt)
            {
                Stop(child, 0);
            }
            if (child.Status is { } status && !child.ExitReported && (child.OpenStreams == 0 || now >= child.DrainUntil))
            {
                child.ExitReported = true;
                Send(new GuardianMessage(MessageKind.Exited, child.Group.Id).Add(status.Code).Add(status.Signal));
                // What the command left behind would keep its ports and files.
                Stop(child, DefaultGraceMs);
            }
        }
        List<GuardianChild> stopping = [.. _children.Values.Where(c => c.StopsAt is not null)];
        if (stopping.Count == 0)
        {
            return;
        }
        _platform.Scan([.. _children.Values.Select(c => c.Group)], Environment.ProcessId);
        foreach (GuardianChild child in stopping)
        {
            if (child.Group.Members.Count == 0)
            {
                if (child.ExitReported)
                {
                    _children.Remove(child.Group.Id);
                    Send(new GuardianMessage(MessageKind.Gone, child.Group.Id));
                }
            }
            else if (now >= child.StopsAt)
            {
                _platform.Kill(child.Group);
            }
            else if (!child.Asked)
            {
                child.Asked = true;
                _platform.Terminate(child.Group);
            }
        }
    }

    private void KillStrays()
    {
        for (int round = 0; round < 100 && _platform.Scan([], Environment.ProcessId) is { Count: > 0 } strays; round++)
        {
            strays.ForEach(_platform.KillProcess);
            Thread.Sleep(TickMs);
        }
    }

    private void Send(GuardianMessage message) => WhileAppHostListens(() => message.WriteTo(_output));

    private void Flush() => WhileAppHostListens(_output.Flush);

    private void WhileAppHostListens(Action write)
    {
        if (_appHostListens)
        {
            try
            {
                write();
            }
            catch (IOException)
            {
                _appHostListens = false;
                End();
            }
        }
    }
}
