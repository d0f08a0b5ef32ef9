using System.Diagnostics;
using System.Diagnostics.Metrics;
using RocketAspire.Client.Tests;
using RocketAspire.Protocol.Bodies;
using RocketAspire.TestSupport;

namespace RocketAspire.Console.Tests;

/// <summary>A large cluster: a thousand topics and two hundred groups on two brokers. Figures are printed; the limits leave room for busy machines.</summary>
public sealed class ScaleTests
{
    private const int Topics = 1000;
    private const int Groups = 200;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_of_a_large_cluster_are_there_at_once()
    {
        await using var cluster = await LargeAsync();
        var watch = Stopwatch.StartNew();
        await using var console = await ConsoleProcess.StartAsync(cluster.NameServers);
        Assert.Contains("broker-b", await console.Http.GetStringAsync("/", Ct), StringComparison.Ordinal);
        Tell($"start to first page {watch.ElapsedMilliseconds} ms, {Memory(console)}");
        Assert.InRange(watch.ElapsedMilliseconds, 0, 10_000);

        await Eventually.TrueAsync("the list is read", async () => (await console.Http.GetStringAsync("/topics", Ct)).Contains("scale-0049", StringComparison.Ordinal));
        foreach (var (path, limit) in ((string, int)[])[("/", 1500), ("/topics", 1500), ("/consumers", 1500), ("/dashboard", 1500)])
        {
            await console.Http.GetStringAsync(path, Ct);
            var times = new List<double>();
            for (var i = 0; i < 7; i++)
            {
                watch.Restart();
                var page = await console.Http.GetStringAsync(path, Ct);
                times.Add(watch.Elapsed.TotalMilliseconds);
                // Lists are paged: what isn't seen isn't sent.
                Assert.InRange(page.Length, 1, 200_000);
            }

            times.Sort();
            Tell($"{path}: median {times[3]:0} ms, longest {times[^1]:0} ms");
            Assert.InRange(times[3], 0, limit);
        }

        var load = await RequestsPerSecondAsync(TimeSpan.FromSeconds(20));
        Tell($"the cluster is asked {load:0.0} times a second, {Memory(console)}");
        Assert.InRange(load, 0.1, 30);
        Assert.InRange(console.WorkingSet, 0, 200L * 1024 * 1024);
    }

    /// <summary>Twenty minutes and more with two open pages and a poll each half second; run with -explicit only.</summary>
    [Fact(Explicit = true)]
    public async Task Memory_is_steady_over_thousands_of_polls()
    {
        var minutes = int.Parse(Environment.GetEnvironmentVariable("SOAK_MINUTES") ?? "20", System.Globalization.CultureInfo.InvariantCulture);
        await using var cluster = await LargeAsync();
        await using var console = await ConsoleProcess.StartAsync(cluster.NameServers, "--poll", "0.5");
        await using var browsing = await Browsing.StartAsync(console);
        var (first, second) = (await browsing.WindowAsync(), await browsing.WindowAsync());
        await Browsing.OpenAsync(first, "/");
        await Browsing.OpenAsync(second, "/dashboard");
        var watch = Stopwatch.StartNew();
        using var every = new PeriodicTimer(TimeSpan.FromMinutes(1));
        Tell($"0 min: {Memory(console)}");
        var early = 0L;
        while (watch.Elapsed < TimeSpan.FromMinutes(minutes) && await every.WaitForNextTickAsync(Ct))
        {
            if (watch.Elapsed < TimeSpan.FromMinutes(minutes / 2.0)) early = Math.Max(early, console.WorkingSet);
            Tell($"{watch.Elapsed.TotalMinutes:0} min: {Memory(console)}");
        }

        Assert.InRange(console.WorkingSet, 0, early + (20L * 1024 * 1024));
    }

    /// <summary>All that name server and brokers, which run in this process, are asked.</summary>
    private static async Task<double> RequestsPerSecondAsync(TimeSpan span)
    {
        long asked = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, self) =>
        {
            if (instrument.Name == "rocketmq_rpc_latency") self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref asked));
        listener.Start();
        using var timer = new PeriodicTimer(span);
        await timer.WaitForNextTickAsync(Ct);
        return Interlocked.Read(ref asked) / span.TotalSeconds;
    }

    private static void Tell(string line) => TestContext.Current.SendDiagnosticMessage(line);

    private static string Memory(ConsoleProcess console) => $"{console.WorkingSet / 1024 / 1024} MB";

    private static async Task<EmbeddedCluster> LargeAsync()
    {
        var cluster = await EmbeddedCluster.StartAsync("broker-a", "broker-b");
        await Parallel.ForAsync(0, Topics, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Ct }, async (i, cancel) =>
        {
            foreach (var broker in (string[])["broker-a", "broker-b"]) await cluster.Admin.Topics.CreateOrUpdateAsync(cluster.Address(broker), new TopicConfig { TopicName = $"scale-{i:0000}", ReadQueueNums = 4, WriteQueueNums = 4 }, cancel);
        });
        await Parallel.ForAsync(0, Groups, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Ct }, async (i, cancel) =>
            await cluster.Admin.Groups.CreateOrUpdateAsync(new SubscriptionGroupConfig { GroupName = $"group-{i:000}" }, cancellationToken: cancel));
        return cluster;
    }
}
