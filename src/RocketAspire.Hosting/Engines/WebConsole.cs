using System.Globalization;
using System.Reflection;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RocketAspire.Hosting.Readiness;
using RocketAspire.Hosting.Settings;

namespace RocketAspire.Hosting.Engines;

/// <summary>The web console beside a cluster: a process of the built console, started once the cluster is ready, which doesn't wait for it.</summary>
internal static class WebConsole
{
    /// <summary>Written into the AppHost by RocketAspire.Console.targets.</summary>
    private const string Metadata = "rocketaspireconsole";

    private const string Name = "console";
    private const int Port = 8082;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    /// <summary>Adds it, unless it is switched off or the AppHost has none; in containers Apache's dashboard has its place.</summary>
    /// <param name="cluster">The cluster that it shows.</param>
    /// <param name="settings">What the user chose.</param>
    /// <param name="portOffset">Added to its port; asked when it starts.</param>
    public static void Attach(IResourceBuilder<RocketMQClusterResource> cluster, RocketMQSettings settings, Func<int> portOffset)
    {
        var app = cluster.ApplicationBuilder;
        var assembly = app.AppHostAssembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(static a => a.Key == Metadata)?.Value;
        if (!settings.Console || settings.Doctor || settings.Engine == ClusterEngine.Container || assembly is null || !File.Exists(assembly)) return;
        // One shows what it is told; a second cluster's console would need a port of its own.
        if (app.Resources.Any(static resource => resource.Name == Name)) return;
        var executable = Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null);
        var isOwn = File.Exists(executable);
        var console = app.AddResource(new ExecutableResource(Name, isOwn ? executable : "dotnet", Path.GetDirectoryName(assembly)!));
        console.WithArgs(context =>
        {
            if (!isOwn) context.Args.Add(assembly);
            var topology = cluster.Resource.Topology!;
            foreach (var arg in (string[])["--namesrv", topology.NameServerList, "--urls", Url(portOffset()), "--data", History(cluster.Resource)]) context.Args.Add(arg);
            // As the AppHost's own probes ask; the file, not what stands in it, so that no list of processes has it.
            if (ProbeAccount.Of(topology, cluster.Resource.DataPath) is { Credentials: not null } account) context.Args.Add("--account=" + account.Path);
            if (ProbeTls.Of(topology) is not null) context.Args.Add("--tls=true");
        });
        app.Eventing.Subscribe<BeforeStartEvent>((_, _) =>
        {
            // The cluster is what was asked for: it runs without somebody to look at it, too.
            if (PortCheck.ConsoleTaken(Port + portOffset()) is not { } taken) return Task.CompletedTask;
            app.Resources.Remove(console.Resource);
            return Console.Out.WriteLineAsync(taken);
        });
        console.WithUrls(context => context.Urls.Add(new ResourceUrlAnnotation { Url = Url(portOffset()) }));
        console.WithParentRelationship(cluster.Resource).StartAfter(cluster.Resource);
        app.Eventing.Subscribe<BeforeResourceStartedEvent>(console.Resource, (e, cancellationToken) =>
        {
            var stopping = e.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
            _ = Task.Run(() => TellAsync(Url(portOffset()), stopping), cancellationToken);
            return Task.CompletedTask;
        });
    }

    /// <summary>Whether its port is free, with this offset.</summary>
    public static bool IsFree(RocketMQSettings settings, int portOffset) => !settings.Console || PortCheck.ConsoleTaken(Port + portOffset) is null;

    /// <summary>A cluster that is thrown away has no history.</summary>
    private static string History(RocketMQClusterResource cluster) => cluster.IsDataTemporary ? "off" : Path.Combine(cluster.DataPath, Name);

    private static string Url(int portOffset) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port + portOffset}");

    /// <summary>Prints its address when it answers.</summary>
    private static async Task TellAsync(string url, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(StartLimit);
        using var http = new HttpClient();
        try
        {
            while (!await AnswersAsync(http, url, limit.Token).ConfigureAwait(false)) await Task.Delay(TimeSpan.FromMilliseconds(200), limit.Token).ConfigureAwait(false);
            await Console.Out.WriteLineAsync($"console: {url}").ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (!stopping.IsCancellationRequested) await Console.Out.WriteLineAsync($"console: no answer at {url}; its log says why").ConfigureAwait(false);
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient http, string url, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(url + "/health"), cancellationToken).ConfigureAwait(false);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
