using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace OfflineAspire;

/// <summary>posix_spawn, waitpid and signals, as Linux and macOS have them.</summary>
internal abstract unsafe partial class UnixPlatform : Platform
{
    protected const int SigTerm = 15;
    protected const int SigKill = 9;
    private const int NoSuchChild = 10;
    private const int Interrupted = 4;
    private const short SetSignalDefaults = 0x04;
    private const short SetSignalMask = 0x08;
    private const int ReadOnlyFlag = 0;
    private const int LastClassicSignal = 31;

    private readonly SemaphoreSlim _spawned = new(0);

    protected abstract int SigContinue { get; }

    protected abstract int SigStop { get; }

    /// <summary>POSIX_SPAWN_SETSID.</summary>
    protected abstract short SetSession { get; }

    public override void EnterGuardian(Action<int, ExitStatus> childExited)
    {
        // Its life hangs on the pipe to the AppHost alone: the system's shutdown or a closed terminal must not end it early.
        foreach (int signal in (int[])[1, 2, 3, SigTerm])
        {
            SetHandler(signal, 1);
        }
        new Thread(() => Reap(childExited), 128 * 1024) { IsBackground = true, Name = "reaper" }.Start();
    }

    public override SpawnedProcess Spawn(SpawnRequest request)
    {
        if (!Directory.Exists(request.WorkingDirectory))
        {
            throw new SpawnException($"cannot start '{request.File}': the working directory '{request.WorkingDirectory}' does not exist");
        }
        int* input = stackalloc int[2];
        int* output = stackalloc int[2];
        int* error = stackalloc int[2];
        OpenPipe(output);
        if (request.IsGuardian)
        {
            OpenPipe(input);
        }
        else
        {
            OpenPipe(error);
        }
        int processId;
        int errno;
        using (var strings = new NativeStrings())
        {
            errno = SpawnWith(request, strings, request.IsGuardian ? input : null, output, request.IsGuardian ? null : error, out processId);
        }
        Close(output[1]);
        Close(request.IsGuardian ? input[0] : error[1]);
        if (errno != 0)
        {
            Close(output[0]);
            Close(request.IsGuardian ? input[1] : error[0]);
            throw new SpawnException($"cannot start '{request.File}': {Marshal.GetPInvokeErrorMessage(errno)}");
        }
        _spawned.Release();
        return new(processId, request.IsGuardian ? Open(input[1], FileAccess.Write) : null, Open(output[0], FileAccess.Read),
            request.IsGuardian ? null : Open(error[0], FileAccess.Read));
    }

    public override void WaitForChild(int processId)
    {
        int status;
        while (WaitPid(processId, &status, 0) < 0 && Marshal.GetLastPInvokeError() == Interrupted)
        {
        }
    }

    public override void Terminate(ProcessGroup group)
    {
        foreach (int unixGroup in UnixGroups(group))
        {
            SendSignal(-unixGroup, SigTerm);
            SendSignal(-unixGroup, SigContinue);
        }
    }

    public override void Kill(ProcessGroup group)
    {
        foreach (int unixGroup in UnixGroups(group))
        {
            SendSignal(-unixGroup, SigKill);
        }
    }

    public override void KillProcess(int processId)
    {
        if (processId > 1)
        {
            SendSignal(processId, SigKill);
        }
    }

    protected abstract void OpenPipe(int* ends);

    protected static bool IsAlive(int idOrGroup) => SendSignal(idOrGroup, 0) == 0;

    private static HashSet<int> UnixGroups(ProcessGroup group) => [.. group.Members.Select(m => m.UnixGroup).Where(g => g > 1)];

    private static FileStream Open(int descriptor, FileAccess access) => new(new SafeFileHandle(descriptor, ownsHandle: true), access, bufferSize: 0);

    private int SpawnWith(SpawnRequest request, NativeStrings strings, int* input, int* output, int* error, out int processId)
    {
        // Larger than any libc's posix_spawn_file_actions_t, posix_spawnattr_t and sigset_t.
        byte* actions = stackalloc byte[512];
        byte* attributes = stackalloc byte[1024];
        byte* none = stackalloc byte[256];
        byte* all = stackalloc byte[256];
        ActionsInit(actions);
        AttributesInit(attributes);
        try
        {
            SignalsEmpty(none);
            SignalsEmpty(all);
            for (int signal = 1; signal <= LastClassicSignal; signal++)
            {
                // .NET ignores SIGPIPE and the guardian ignores more; a child must not inherit that.
                if (signal != SigKill && signal != SigStop)
                {
                    SignalsAdd(all, signal);
                }
            }
            AttributesSetFlags(attributes, (short)(SetSession | SetSignalDefaults | SetSignalMask));
            AttributesSetMask(attributes, none);
            AttributesSetDefaults(attributes, all);
            if (input is null)
            {
                ActionsOpen(actions, 0, strings.Add("/dev/null"), ReadOnlyFlag, 0);
            }
            else
            {
                ActionsDup(actions, input[0], 0);
            }
            ActionsDup(actions, output[1], 1);
            if (error is not null)
            {
                ActionsDup(actions, error[1], 2);
            }
            ActionsChangeDirectory(actions, strings.Add(request.WorkingDirectory));
            int pid = 0;
            int errno = SpawnByPath(&pid, strings.Add(request.File), actions, attributes,
                strings.AddArray([request.File, .. request.Arguments]), strings.AddArray([.. request.Environment.Select(e => $"{e.Key}={e.Value}")]));
            processId = pid;
            return errno;
        }
        finally
        {
            ActionsDestroy(actions);
            AttributesDestroy(attributes);
        }
    }

    private void Reap(Action<int, ExitStatus> childExited)
    {
        while (true)
        {
            int status;
            int processId = WaitPid(-1, &status, 0);
            if (processId > 0)
            {
                int signal = status & 0x7f;
                childExited(processId, signal == 0 ? new((status >> 8) & 0xff, 0) : new(128 + signal, signal));
            }
            else if (Marshal.GetLastPInvokeError() == NoSuchChild)
            {
                _spawned.Wait();
            }
        }
    }

    /// <summary>UTF-8 text that lives until a spawn is over.</summary>
    private sealed class NativeStrings : IDisposable
    {
        private readonly List<nint> _blocks = [];

        public byte* Add(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text + '\0');
            nint block = Marshal.AllocHGlobal(bytes.Length);
            _blocks.Add(block);
            Marshal.Copy(bytes, 0, block, bytes.Length);
            return (byte*)block;
        }

        public byte** AddArray(IReadOnlyList<string> texts)
        {
            nint block = Marshal.AllocHGlobal((texts.Count + 1) * sizeof(nint));
            _blocks.Add(block);
            var array = (byte**)block;
            for (int i = 0; i < texts.Count; i++)
            {
                array[i] = Add(texts[i]);
            }
            array[texts.Count] = null;
            return array;
        }

        public void Dispose() => _blocks.ForEach(Marshal.FreeHGlobal);
    }

    [LibraryImport("libc", EntryPoint = "posix_spawnp")]
    private static partial int SpawnByPath(int* pid, byte* file, byte* actions, byte* attributes, byte** argv, byte** envp);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int ActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int ActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int ActionsDup(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    private static partial int ActionsOpen(byte* actions, int descriptor, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    private static partial int ActionsChangeDirectory(byte* actions, byte* path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int AttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int AttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int AttributesSetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int AttributesSetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int AttributesSetDefaults(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int SignalsEmpty(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigaddset")]
    private static partial int SignalsAdd(byte* signals, int signal);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitPid(int processId, int* status, int options);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "getppid")]
    protected static partial int ParentProcessId();
}
