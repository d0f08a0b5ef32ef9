using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.TestSupport;

namespace RocketAspire.AppHost.Tests;

/// <summary>The order service that <c>--sample</c> runs on the cluster.</summary>
public sealed class SampleTests
{
    private static readonly string[] Services = ["order-api", "order-worker", "order-notifier"];

    // A transaction whose end was lost with its master is asked about once it is 6 s old, and brokers ask every 30 s.
    private static readonly TimeSpan UnansweredEnds = TimeSpan.FromSeconds(100);

    [Fact]
    public async Task No_order_is_lost_while_a_master_dies_and_comes_back()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(200));
        var ct = limit.Token;
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.RocketAspire_AppHost>(
            ["--sample", "--topology", "2m-2s-sync", "--port-offset", "auto", "--Orders:PerSecond=40"], ct);
        var worker = builder.CreateResourceBuilder(builder.Resources.OfType<ProjectResource>().Single(r => r.Name == "order-worker"));
        worker.WithEnvironment("Orders__FailurePercent", "10").WithEnvironment("Orders__NoticeDelayLevel", "1");
        await using var app = await builder.BuildAsync(ct);
        await app.StartAsync(ct);
        foreach (var service in Services) await app.ResourceNotifications.WaitForResourceHealthyAsync(service, ct);
        using var api = app.CreateHttpClient("order-api");
        using var work = app.CreateHttpClient("order-worker");
        using var notifier = app.CreateHttpClient("order-notifier");

        await AcceptedAsync(api, 100, ct);
        await CommandAsync(app, "kill", ct);
        await AcceptedAsync(api, 100, ct);
        await CommandAsync(app, KnownResourceCommands.StartCommand, ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", ct);
        await AcceptedAsync(api, 100, ct);
        (await api.PutAsync(new Uri("/load/0", UriKind.Relative), null, ct)).EnsureSuccessStatusCode();

        var said = "";
        await Eventually.TrueAsync("every accepted order to be processed and notified", async () =>
        {
            var (told, done, taken) = (await StatsAsync(notifier, ct), await StatsAsync(work, ct), await StatsAsync(api, ct));
            said = $"api {taken}, worker {done}, notifier {told}";
            return Number(taken, "accepted") == Number(done, "processed") && Number(taken, "accepted") == Number(told, "notified")
                && Number(done, "missing") == 0 && Number(told, "missing") == 0;
        }, UnansweredEnds);
        TestContext.Current.TestOutputHelper?.WriteLine(said);
        Assert.True(Number(await StatsAsync(work, ct), "failures") > 0, "the worker never failed");
    }

    [Fact]
    public async Task Its_services_are_told_with_their_addresses_and_stop_with_the_cluster()
    {
        await using var host = AppHostProcess.Start("--sample", "--topology", "single", "--port-offset", "auto");
        foreach (var service in Services) await host.SaidAsync($"{service} is ready: http://");
        var store = host.Store;
        var line = host.Output.Split(Environment.NewLine).Single(l => l.StartsWith("order-api is ready: ", StringComparison.Ordinal));
        var address = new Uri(line["order-api is ready: ".Length..]);
        using (var api = new HttpClient { BaseAddress = address })
        {
            var answer = await api.PostAsJsonAsync("/orders", new { customer = "ada", item = "lamp" }, TestContext.Current.CancellationToken);
            Assert.Equal(System.Net.HttpStatusCode.Created, answer.StatusCode);
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await api.PostAsJsonAsync("/orders", new { customer = "a b", item = "lamp" }, TestContext.Current.CancellationToken)).StatusCode);
        }

        Assert.Equal(0, await host.InterruptAsync());
        Assert.DoesNotContain(" ended: ", host.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(store));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken).AsTask());
    }

    private static async Task CommandAsync(DistributedApplication app, string command, CancellationToken ct)
    {
        var result = await app.ResourceCommands.ExecuteCommandAsync("broker-a", command, ct);
        Assert.True(result.Success, $"{command}: {result.Message}");
    }

    private static async Task AcceptedAsync(HttpClient api, int more, CancellationToken ct)
    {
        var before = Number(await StatsAsync(api, ct), "accepted");
        await Eventually.TrueAsync($"{more} more orders to be accepted", async () => Number(await StatsAsync(api, ct), "accepted") >= before + more);
    }

    private static Task<JsonElement> StatsAsync(HttpClient service, CancellationToken ct) => service.GetFromJsonAsync<JsonElement>("/stats", ct);

    private static long Number(JsonElement stats, string name) => stats.GetProperty(name).GetInt64();
}
