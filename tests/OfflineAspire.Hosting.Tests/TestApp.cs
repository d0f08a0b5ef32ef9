using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using RocketAspire.TestSupport;

namespace OfflineAspire.Hosting.Tests;

/// <summary>Waits for conditions, and says what it waited for when they don't come.</summary>
internal static class Until
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Task TrueAsync(Func<bool> condition, string what) => Eventually.TrueAsync(what, condition, Limit);

    public static async Task<T> InTimeAsync<T>(Task<T> task, string what)
    {
        await InTimeAsync((Task)task, what);
        return await task;
    }

    public static async Task InTimeAsync(Task task, string what)
    {
        try
        {
            await task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"waited {Limit.TotalSeconds} s for: {what}");
        }
    }
}

/// <summary>An application of shell scripts and a folder for what they write.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    // Runs until SIGTERM, and writes the time of its end in ns.
    public const string Polite = "trap 'date +%s%N > \"$STATE/$NAME.stopped\"; exit 0' TERM; echo $$ > \"$STATE/$NAME.pid\"; while :; do sleep 0.05; done";

    public IDistributedApplicationTestingBuilder Builder { get; } = DistributedApplicationTestingBuilder.Create();

    public DirectoryInfo State { get; } = Directory.CreateTempSubdirectory("offline-aspire-tests-");

    public DistributedApplication App { get; private set; } = null!;

    public ResourceNotificationService Notifications => App.ResourceNotifications;

    public IResourceBuilder<ExecutableResource> Script(string name, string text) => Builder.AddExecutable(name, "sh", State.FullName, "-c", text)
        .WithEnvironment("STATE", State.FullName).WithEnvironment("NAME", name);

    public IResourceBuilder<ExecutableResource> Script(string name) => Script(name, Polite);

    public DistributedApplication Build() => App = Builder.Build();

    public async Task StartAsync()
    {
        Build();
        await Until.InTimeAsync(App.StartAsync(TestContext.Current.CancellationToken), "the application to start");
    }

    public CustomResourceSnapshot Snapshot(string name)
    {
        Assert.True(Notifications.TryGetCurrentState(name, out ResourceEvent? e));
        return e.Snapshot;
    }

    public async Task<CustomResourceSnapshot> ReachesAsync(string name, params string[] states)
    {
        await Until.InTimeAsync(Notifications.WaitForResourceAsync(name, states, TestContext.Current.CancellationToken),
            $"'{name}' to be {string.Join(" or ", states)}");
        return Snapshot(name);
    }

    public async Task<List<string>> LinesAsync(IResource resource)
    {
        var lines = new List<string>();
        await foreach (IReadOnlyList<LogLine> batch in App.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync(resource))
        {
            lines.AddRange(batch.Select(l => l.Content));
        }
        return lines;
    }

    public async Task<int> PidAsync(string name)
    {
        int pid = 0;
        string path = Path.Combine(State.FullName, name + ".pid");
        await Until.TrueAsync(() => File.Exists(path) && int.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out pid), $"the process id of '{name}'");
        return pid;
    }

    public long StoppedAt(string name) =>
        long.Parse(File.ReadAllText(Path.Combine(State.FullName, name + ".stopped")), CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await Builder.DisposeAsync();
        State.Delete(recursive: true);
    }
}

internal static class Processes
{
    /// <summary>True while the process runs; one that only waits to be reaped does not.</summary>
    public static bool IsAlive(int processId)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }
}
