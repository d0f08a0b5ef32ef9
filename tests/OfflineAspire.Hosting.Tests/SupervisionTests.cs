using System.Diagnostics;
using System.Globalization;

namespace OfflineAspire.Hosting.Tests;

/// <summary>Kills the wrapper, the AppHost and the guardian, each alone, and looks for what is left.</summary>
public sealed class SupervisionTests
{
    private static readonly string[] Names = ["first", "second", "third", "stubborn", "paused", "grandchild"];

    [Fact]
    public async Task Killing_the_AppHost_leaves_nothing_behind()
    {
        await using var victim = await Victim.StartAsync();
        victim.AppHost.Kill();
        await victim.LeavesNothingAsync();
    }

    [Fact]
    public async Task Killing_the_guardian_stops_everything_and_the_AppHost_says_so_and_fails()
    {
        await using var victim = await Victim.StartAsync();
        Process.GetProcessById(victim.GuardianId).Kill();
        await Until.InTimeAsync(victim.AppHost.WaitForExitAsync(TestContext.Current.CancellationToken), "the AppHost to end");
        Assert.Equal(1, victim.AppHost.ExitCode);
        await victim.LeavesNothingAsync();
        Assert.Equal($"The guardian process {victim.GuardianId} was killed, so all resources were stopped.", victim.Errors.ToString().Trim());
    }

    [Fact]
    public async Task Killing_the_dotnet_run_wrapper_stops_everything()
    {
        await using var victim = await Victim.StartAsync(throughWrapper: true);
        victim.Wrapper!.Kill();
        await Until.TrueAsync(() => !Processes.IsAlive(victim.AppHostId), "the AppHost to end");
        await victim.LeavesNothingAsync();
        Assert.True(victim.StoppedAt("third") < victim.StoppedAt("second") && victim.StoppedAt("second") < victim.StoppedAt("first"));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task A_signal_stops_everything_once_and_in_order(string signal)
    {
        await using var victim = await Victim.StartAsync();
        victim.Signal(signal);
        await Until.InTimeAsync(victim.AppHost.WaitForExitAsync(TestContext.Current.CancellationToken), "the AppHost to end");
        Assert.Equal(0, victim.AppHost.ExitCode);
        await victim.LeavesNothingAsync();
        Assert.True(victim.StoppedAt("third") < victim.StoppedAt("second") && victim.StoppedAt("second") < victim.StoppedAt("first"));
        Assert.Equal("", victim.Errors.ToString());
    }

    [Fact]
    public async Task A_second_interrupt_kills_at_once()
    {
        await using var victim = await Victim.StartAsync();
        var watch = Stopwatch.StartNew();
        victim.Signal("INT");
        // The stubborn grandchild would have its five seconds of grace.
        await Until.TrueAsync(() => File.Exists(victim.Path("third.stopped")), "the first stop to begin");
        victim.Signal("INT");
        await Until.InTimeAsync(victim.AppHost.WaitForExitAsync(TestContext.Current.CancellationToken), "the AppHost to end");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(4), $"it took {watch.Elapsed}");
        await victim.LeavesNothingAsync();
    }

    [Fact]
    public async Task A_daemon_that_left_its_session_and_its_parent_is_stopped_with_its_resource()
    {
        await using var test = new TestApp();
        IResourceBuilder<ExecutableResource> owner = test.Script("owner",
            "(setsid sh -c 'echo $$ > \"$STATE/daemon.pid\"; trap \"\" TERM; while :; do sleep 1; done' &) ; " + TestApp.Polite);
        test.Script("other");
        await test.StartAsync();
        int daemon = await test.PidAsync("daemon");
        int other = await test.PidAsync("other");
        await test.PidAsync("owner");
        await test.App.ResourceCommands.ExecuteCommandAsync(owner.Resource, KnownResourceCommands.StopCommand, TestContext.Current.CancellationToken);
        Assert.False(Processes.IsAlive(daemon));
        Assert.True(Processes.IsAlive(other));
    }

    /// <summary>OfflineAspire.TestAppHost with a paused child and a grandchild that ignores SIGTERM.</summary>
    private sealed class Victim : IAsyncDisposable
    {
        private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("offline-aspire-victim-");
        private readonly Dictionary<string, int> _pids = [];

        public Process AppHost { get; private set; } = null!;

        public Process? Wrapper { get; private set; }

        public int AppHostId { get; private set; }

        public int GuardianId { get; private set; }

        public System.Text.StringBuilder Errors { get; } = new();

        public static async Task<Victim> StartAsync(bool throughWrapper = false)
        {
            var victim = new Victim();
            string program = System.IO.Path.Combine(AppContext.BaseDirectory, "OfflineAspire.TestAppHost");
            string[] arguments = ["--scenario", "stubborn", "--state", victim._state.FullName];
            ProcessStartInfo start = throughWrapper ? victim.ThroughWrapper(program, arguments) : new(program, arguments);
            start.RedirectStandardError = true;
            var process = new Process { StartInfo = start };
            process.ErrorDataReceived += (_, e) => victim.Errors.Append(e.Data is null ? "" : e.Data + "\n");
            process.Start();
            process.BeginErrorReadLine();
            victim.AppHost = process;
            victim.Wrapper = throughWrapper ? process : null;
            foreach (string name in Names)
            {
                victim._pids[name] = await victim.PidAsync(name);
            }
            victim.GuardianId = Parent(victim._pids["first"]);
            victim.AppHostId = Parent(victim.GuardianId);
            Process.Start("kill", ["-STOP", $"{victim._pids["paused"]}"]).WaitForExit();
            return victim;
        }

        public string Path(string name) => System.IO.Path.Combine(_state.FullName, name);

        public void Signal(string signal) => Process.Start("kill", [$"-{signal}", $"{AppHost.Id}"]).WaitForExit();

        public long StoppedAt(string name) => long.Parse(File.ReadAllText(Path(name + ".stopped")), CultureInfo.InvariantCulture);

        public async Task LeavesNothingAsync()
        {
            foreach ((string name, int pid) in _pids.Append(new("guardian", GuardianId)))
            {
                await Until.TrueAsync(() => !Processes.IsAlive(pid), $"'{name}' to end");
            }
            string temporary = File.ReadAllText(Path("temporary"));
            await Until.TrueAsync(() => !Directory.Exists(temporary), $"{temporary} to be removed");
        }

        public async ValueTask DisposeAsync()
        {
            foreach (int pid in _pids.Values.Append(GuardianId).Append(AppHostId).Where(p => p > 1 && Processes.IsAlive(p)))
            {
                Process.Start("kill", ["-KILL", $"{pid}"]).WaitForExit();
            }
            await Until.TrueAsync(() => AppHost.HasExited, "the AppHost to end");
            AppHost.Dispose();
            _state.Delete(recursive: true);
        }

        // A process that looks as `dotnet run` does: its child is the AppHost.
        private ProcessStartInfo ThroughWrapper(string program, string[] arguments)
        {
            string dotnet = Path("dotnet");
            File.CreateSymbolicLink(dotnet, "/bin/sh");
            File.WriteAllText(Path("run"), $"\"{program}\" {string.Join(' ', arguments.Select(a => $"\"{a}\""))} &\nwait\n");
            return new(dotnet, ["run"]) { WorkingDirectory = _state.FullName };
        }

        private static int Parent(int processId)
        {
            string stat = File.ReadAllText($"/proc/{processId}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }

        private async Task<int> PidAsync(string name)
        {
            int pid = 0;
            await Until.TrueAsync(() => AppHost.HasExited || (File.Exists(Path(name + ".pid")) && int.TryParse(File.ReadAllText(Path(name + ".pid")),
                CultureInfo.InvariantCulture, out pid)), $"the process id of '{name}'");
            Assert.False(AppHost.HasExited, $"the AppHost ended early: {Errors}");
            return pid;
        }
    }
}
