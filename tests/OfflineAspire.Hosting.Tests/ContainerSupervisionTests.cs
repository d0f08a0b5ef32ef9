using System.Diagnostics;
using System.Globalization;

namespace OfflineAspire.Hosting.Tests;

/// <summary>
/// Kills an AppHost with a container and looks for what is left. The engine is a script: its <c>run</c> doesn't end before its
/// <c>rm</c> does, and starts a daemon in a session of its own, as engines have, which notes when anybody stops it.
/// </summary>
public sealed class ContainerSupervisionTests : IAsyncLifetime
{
    private const string Engine = """
        #!/bin/sh
        D=$(dirname "$0")
        echo "$*" >>"$D/calls"
        case "$1" in
          run)
            setsid sh -c 'trap "echo daemon was told to stop >>\"$0/calls\"" TERM; echo $$ >"$0/daemon.pid"; while :; do sleep 0.05; done' "$D" >/dev/null 2>&1 &
            trap 'echo run was told to stop >>"$D/calls"' TERM
            echo $$ >"$D/run.pid"
            while [ ! -e "$D/removed" ]; do sleep 0.05; done ;;
          rm) touch "$D/removed" ;;
        esac
        """;

    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("offline-aspire-container-");
    private Process _appHost = null!;
    private int _run;
    private int _daemon;

    public async ValueTask InitializeAsync()
    {
        string engine = Path.Combine(_state.FullName, "engine");
        await File.WriteAllTextAsync(engine, Engine);
        File.SetUnixFileMode(engine, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "OfflineAspire.TestAppHost"),
            ["--scenario", "container", "--state", _state.FullName, "--DcpPublisher:ContainerRuntime", "engine"]);
        start.Environment["PATH"] = _state.FullName + ":" + start.Environment["PATH"];
        _appHost = Process.Start(start)!;
        _run = await PidAsync("run");
        _daemon = await PidAsync("daemon");
        // The last to start.
        await PidAsync("third");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (int pid in (int[])[_appHost.Id, _run, _daemon])
        {
            if (pid > 1 && Processes.IsAlive(pid))
            {
                Process.Start("kill", ["-KILL", $"{pid}"]).WaitForExit();
            }
        }
        await Until.TrueAsync(() => _appHost.HasExited, "the AppHost to end");
        _appHost.Dispose();
        _state.Delete(recursive: true);
    }

    [Fact]
    public async Task Killing_the_AppHost_has_its_containers_removed_and_the_engines_own_left_alone()
    {
        // A "run" that hasn't ended by itself once its container is gone is told to stop behind that.
        string[] calls = await EndAsync(() => _appHost.Kill());
        Assert.Equal(["rm --force box-1", "volume rm --force its-volume", "network rm --force its-net"], calls[1..4]);
    }

    [Fact]
    public async Task Killing_the_guardian_has_its_containers_removed_and_the_engines_own_left_alone()
    {
        int guardian = Parent(_run);
        string[] calls = await EndAsync(() => Process.GetProcessById(guardian).Kill());
        Assert.Equal(["rm --force box-1", "volume rm --force its-volume", "network rm --force its-net"], calls[1..4]);
    }

    [Fact]
    public async Task A_stop_is_the_engines_to_do()
    {
        string[] calls = await EndAsync(() => Process.Start("kill", ["-TERM", $"{_appHost.Id}"]).WaitForExit());
        // What its labels name is its maker's to remove as long as that one lives.
        Assert.Equal(["stop --time 5 box-1", "rm --force box-1"], calls[1..3]);
        Assert.DoesNotContain("volume rm --force its-volume", calls);
    }

    private async Task<string[]> EndAsync(Action end)
    {
        end();
        await Until.TrueAsync(() => !Processes.IsAlive(_run), "the engine's run to end");
        await Until.TrueAsync(() => _appHost.HasExited, "the AppHost to end");
        string temporary = await File.ReadAllTextAsync(Path.Combine(_state.FullName, "temporary"), TestContext.Current.CancellationToken);
        // The last that the guardian does.
        await Until.TrueAsync(() => !Directory.Exists(temporary), "the temporary folder to be removed");
        Assert.True(Processes.IsAlive(_daemon), "the engine's daemon was killed");
        string[] calls = await File.ReadAllLinesAsync(Path.Combine(_state.FullName, "calls"), TestContext.Current.CancellationToken);
        Assert.StartsWith("run --name box-1 --rm --network-alias box ", calls[0], StringComparison.Ordinal);
        return calls;
    }

    private static int Parent(int processId)
    {
        string stat = File.ReadAllText($"/proc/{processId}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private async Task<int> PidAsync(string name)
    {
        int pid = 0;
        string path = Path.Combine(_state.FullName, name + ".pid");
        await Until.TrueAsync(() => File.Exists(path) && int.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out pid), $"the process id of '{name}'");
        return pid;
    }
}
