using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OfflineAspire.Hosting.Tests;

public sealed class LifecycleTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_come_in_Aspires_order_and_ready_comes_again_after_a_restart()
    {
        await using var test = new TestApp();
        var seen = new List<string>();
        IResourceBuilder<ExecutableResource> node = test.Script("node").WithEndpoint(name: "main", scheme: "tcp");
        test.Builder.Eventing.Subscribe<BeforeStartEvent>((_, _) => Note(nameof(BeforeStartEvent)));
        node.OnInitializeResource((_, _, _) => Note(nameof(InitializeResourceEvent)))
            .OnResourceEndpointsAllocated((_, _, _) => Note(nameof(ResourceEndpointsAllocatedEvent)))
            .OnBeforeResourceStarted((_, _, _) => Note(nameof(BeforeResourceStartedEvent)))
            .OnResourceReady((_, _, _) => Note(nameof(ResourceReadyEvent)))
            .OnResourceStopped((_, _, _) => Note(nameof(ResourceStoppedEvent)));
        await test.StartAsync();
        await Until.InTimeAsync(test.Notifications.WaitForResourceHealthyAsync("node", Token), "node to be ready");
        int first = await test.PidAsync("node");
        Assert.True((await test.App.ResourceCommands.ExecuteCommandAsync(node.Resource, KnownResourceCommands.RestartCommand, Token)).Success);
        await Until.TrueAsync(() => seen.Count(s => s == nameof(ResourceReadyEvent)) == 2, "a second ready event");
        Assert.False(Processes.IsAlive(first));

        // Initialization is told to its owner without holding the others up.
        seen.Remove(nameof(InitializeResourceEvent));
        Assert.Equal([nameof(BeforeStartEvent), nameof(ResourceEndpointsAllocatedEvent), nameof(BeforeResourceStartedEvent), nameof(ResourceReadyEvent),
            nameof(ResourceStoppedEvent), nameof(BeforeResourceStartedEvent), nameof(ResourceReadyEvent)], seen);

        Task Note(string name)
        {
            lock (seen)
            {
                seen.Add(name);
            }
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Who_waits_starts_after_the_health_check_turns_good_and_the_ready_handlers_have_run()
    {
        await using var test = new TestApp();
        int asked = 0;
        var handled = new TaskCompletionSource();
        test.Builder.Services.AddHealthChecks().AddCheck("third time", () => ++asked < 3 ? HealthCheckResult.Unhealthy("not yet") : HealthCheckResult.Healthy());
        IResourceBuilder<ExecutableResource> first = test.Script("first").WithHealthCheck("third time").OnResourceReady((_, _, _) => handled.Task);
        test.Script("second").WaitFor(first);
        test.Build();
        Task start = test.App.StartAsync(Token);
        await Until.TrueAsync(() => test.Notifications.TryGetCurrentState("first", out ResourceEvent? e) && e.Snapshot.HealthStatus == HealthStatus.Healthy,
            "the health check to turn good");
        Assert.Equal(KnownResourceStates.Waiting, test.Snapshot("second").State?.Text);
        handled.SetResult();
        await Until.InTimeAsync(start, "the application to start");
        await test.ReachesAsync("second", KnownResourceStates.Running);
        Assert.True(asked >= 3);
        Assert.Equal(HealthStatus.Healthy, test.Snapshot("first").HealthStatus);
    }

    [Fact]
    public async Task A_resource_that_asks_for_more_time_to_end_gets_it_though_its_script_ends_at_once()
    {
        await using var test = new TestApp();
        // The shell goes at once, its child takes its time.
        IResourceBuilder<ExecutableResource> slow = test.Script("slow",
            "(trap 'sleep 5.5; echo done > \"$STATE/ended\"; exit 0' TERM; echo $$ > \"$STATE/$NAME.pid\"; while :; do sleep 0.05; done) & wait")
            .WithEnvironment("OFFLINEASPIRE_STOP_SECONDS", "20");
        await test.StartAsync();
        await test.PidAsync("slow");
        Assert.True((await test.App.ResourceCommands.ExecuteCommandAsync(slow.Resource, KnownResourceCommands.StopCommand, Token)).Success);
        Assert.True(File.Exists(Path.Combine(test.State.FullName, "ended")));
    }

    [Fact]
    public async Task Who_waits_for_a_resource_that_exits_fails_with_that_reason()
    {
        await using var test = new TestApp();
        IResourceBuilder<ExecutableResource> bad = test.Script("bad", "echo one; echo two >&2; sleep 0.1; exit 3");
        test.Builder.Services.AddHealthChecks().AddCheck("never", () => HealthCheckResult.Unhealthy());
        bad.WithHealthCheck("never");
        IResourceBuilder<ExecutableResource> waiting = test.Script("waiting").WaitFor(bad);
        IResourceBuilder<ExecutableResource> last = test.Script("last").WaitFor(waiting);
        await test.StartAsync();
        CustomResourceSnapshot snapshot = await test.ReachesAsync("bad", KnownResourceStates.Exited);
        Assert.Equal(3, snapshot.ExitCode);
        List<string> lines = await test.LinesAsync(bad.Resource);
        Assert.Contains("one", lines);
        Assert.Contains("two", lines);
        Assert.Contains("Resource 'bad' ended: exit code 3.", lines);
        await test.ReachesAsync("waiting", KnownResourceStates.FailedToStart);
        Assert.Contains("Resource 'waiting' stopped waiting for dependency resource 'bad' because it entered the 'Exited' state prematurely with exit code 3.",
            await test.LinesAsync(waiting.Resource));
        await test.ReachesAsync("last", KnownResourceStates.FailedToStart);
        Assert.Contains("Resource 'last' stopped waiting for dependency resource 'waiting' because it failed to start.", await test.LinesAsync(last.Resource));
        DistributedApplicationException e = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => test.Notifications.WaitForResourceHealthyAsync("waiting", Token));
        Assert.Contains("failed to start", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_for_completion_looks_at_the_exit_code()
    {
        await using var test = new TestApp();
        IResourceBuilder<ExecutableResource> job = test.Script("job", "exit 7");
        test.Script("right").WaitForCompletion(job, 7);
        IResourceBuilder<ExecutableResource> wrong = test.Script("wrong").WaitForCompletion(job);
        await test.StartAsync();
        await test.ReachesAsync("right", KnownResourceStates.Running);
        await test.ReachesAsync("wrong", KnownResourceStates.FailedToStart);
        Assert.Contains("Resource 'wrong' stopped waiting for dependency resource 'job' because it entered the 'Exited' state prematurely with exit code 7, expected 0.",
            await test.LinesAsync(wrong.Resource));
    }

    [Theory]
    [InlineData("/no/such/program", "No such file or directory")]
    [InlineData("/etc/passwd", "Permission denied")]
    public async Task A_command_that_cannot_be_started_fails_with_one_line(string command, string reason)
    {
        await using var test = new TestApp();
        IResourceBuilder<ExecutableResource> bad = test.Builder.AddExecutable("bad", command, ".");
        await test.StartAsync();
        await test.ReachesAsync("bad", KnownResourceStates.FailedToStart);
        Assert.Equal([$"Resource 'bad' failed to start: cannot start '{command}': {reason}"], await test.LinesAsync(bad.Resource));
    }

    [Fact]
    public async Task A_missing_working_directory_is_named()
    {
        await using var test = new TestApp();
        IResourceBuilder<ExecutableResource> bad = test.Builder.AddExecutable("bad", "sh", "/no/such/folder");
        await test.StartAsync();
        await test.ReachesAsync("bad", KnownResourceStates.FailedToStart);
        Assert.Contains("the working directory '/no/such/folder' does not exist", Assert.Single(await test.LinesAsync(bad.Resource)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resources_stop_in_the_reverse_order_of_their_waits()
    {
        await using var test = new TestApp();
        IResourceBuilder<ExecutableResource> first = test.Script("first");
        IResourceBuilder<ExecutableResource> second = test.Script("second").WaitFor(first);
        test.Script("third").WaitFor(second);
        await test.StartAsync();
        int[] pids = [await test.PidAsync("first"), await test.PidAsync("second"), await test.PidAsync("third")];
        await Until.InTimeAsync(test.App.StopAsync(Token), "the application to stop");
        Assert.True(test.StoppedAt("third") < test.StoppedAt("second"));
        Assert.True(test.StoppedAt("second") < test.StoppedAt("first"));
        Assert.All(pids, p => Assert.False(Processes.IsAlive(p)));
    }

    [Fact]
    public async Task Stop_and_start_by_command_leave_and_take_the_port()
    {
        await using var test = new TestApp();
        Assert.SkipUnless(File.Exists("/usr/bin/python3") || Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(p => File.Exists(p + "/python3")), "python3 is missing");
        IResourceBuilder<ExecutableResource> server = test.Script("server",
            "exec python3 -c 'import socket,os,time;s=socket.socket();s.setsockopt(1,2,1);s.bind((\"127.0.0.1\",int(os.environ[\"PORT\"])));s.listen();time.sleep(1000)'")
            .WithEndpoint(name: "main", scheme: "tcp", env: "PORT");
        await test.StartAsync();
        int port = server.GetEndpoint("main").Port;
        await Until.TrueAsync(() => Answers(port), "the port to answer");
        Assert.True((await test.App.ResourceCommands.ExecuteCommandAsync("server", KnownResourceCommands.StopCommand, Token)).Success);
        Assert.Equal(KnownResourceStates.Exited, test.Snapshot("server").State?.Text);
        Assert.False(Answers(port));
        Assert.False((await test.App.ResourceCommands.ExecuteCommandAsync("server", KnownResourceCommands.StopCommand, Token)).Success);
        Assert.True((await test.App.ResourceCommands.ExecuteCommandAsync("server", KnownResourceCommands.StartCommand, Token)).Success);
        await Until.TrueAsync(() => Answers(port), "the port to answer again");
    }

    [Fact]
    public async Task A_custom_resource_owns_its_life_and_others_wait_for_it()
    {
        await using var test = new TestApp();
        var mayRun = new TaskCompletionSource();
        IResourceBuilder<Custom> custom = test.Builder.AddResource(new Custom("custom")).OnInitializeResource(async (resource, e, ct) =>
        {
            await e.Eventing.PublishAsync(new BeforeResourceStartedEvent(resource, e.Services), ct);
            await mayRun.Task;
            await e.Notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.Running });
        });
        IResourceBuilder<ExecutableResource> below = test.Script("below");
        custom.WaitFor(below);
        test.Script("user").WaitFor(custom).WithReference(custom);
        test.Build();
        Task start = test.App.StartAsync(Token);
        await test.ReachesAsync("user", KnownResourceStates.Waiting);
        mayRun.SetResult();
        await Until.InTimeAsync(start, "the application to start");
        CustomResourceSnapshot user = await test.ReachesAsync("user", KnownResourceStates.Running);
        Assert.Contains(user.EnvironmentVariables, v => v is { Name: "ConnectionStrings__custom", Value: "somewhere" });
    }

    [Fact]
    public async Task A_process_id_is_shown_as_Aspire_shows_it()
    {
        await using var test = new TestApp();
        test.Script("node");
        await test.StartAsync();
        CustomResourceSnapshot snapshot = await test.ReachesAsync("node", KnownResourceStates.Running);
        Assert.Equal(await test.PidAsync("node"), snapshot.Properties.Single(p => p.Name == "executable.pid").Value);
        Assert.Equal("Executable", snapshot.ResourceType);
    }

    [Fact]
    public async Task Very_long_lines_and_many_of_them_come_through_whole()
    {
        await using var test = new TestApp();
        IResourceBuilder<ExecutableResource> loud = test.Script("loud", "head -c 40000 /dev/zero | tr '\\0' x; echo; i=0; while [ $i -lt 1500 ]; do echo \"line $i é\"; i=$((i+1)); done");
        await test.StartAsync();
        await test.ReachesAsync("loud", KnownResourceStates.Finished);
        List<string> lines = await test.LinesAsync(loud.Resource);
        Assert.Equal(40_000, lines.Where(l => l.StartsWith('x')).Sum(l => l.Length));
        Assert.Equal("line 1499 é", lines.Last(l => l.StartsWith("line", StringComparison.Ordinal)));
        Assert.Equal(1_500, lines.Count(l => l.StartsWith("line", StringComparison.Ordinal)));
    }

    private static bool Answers(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private sealed class Custom(string name) : Resource(name), IResourceWithConnectionString, IResourceWithWaitSupport
    {
        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"somewhere");
    }
}
