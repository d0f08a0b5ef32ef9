using System.Net;
using RocketAspire.TestSupport;

namespace RocketAspire.Console.Tests;

/// <summary>Each page as it is first sent, before any script runs.</summary>
public sealed class PageTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_page_is_sent_with_what_the_cluster_has()
    {
        await using var data = await SampleData.StartAsync();
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);

        await ShowsAsync(console, "/", "broker-a", "broker-b", data.Cluster.Address(), "name server", "Topology");
        await ShowsAsync(console, "/cluster?node=" + data.Cluster.Address(), "commitLogMaxOffset", "Stop writing to this group");
        await ShowsAsync(console, "/topics", SampleData.Topic, "ledger", "Create topic");
        await ShowsAsync(console, "/topics/" + SampleData.Topic, SampleData.Topic, "broker-b", "Send a message", "Delete");
        await ShowsAsync(console, "/consumers", SampleData.Group, "audit");
        await ShowsAsync(console, "/consumers/" + SampleData.Group, SampleData.Topic, "Clustering|CLUSTERING");
        await ShowsAsync(console, "/producers", "shop");
        await ShowsAsync(console, $"/messages?topic={SampleData.Topic}&key={SampleData.Key}", data.MessageId, SampleData.Key);
        await ShowsAsync(console, $"/messages?topic={SampleData.Topic}&id={data.MessageId}", "火箭", "region", SampleData.Group, "Consumed|NotConsumed");
        await ShowsAsync(console, $"/messages?id={data.OffsetMessageId}", "火箭");
        await ShowsAsync(console, $"/messages?topic={SampleData.Topic}", "order-39");
        await ShowsAsync(console, "/dashboard", "In, by broker", "class=\"line\"");
        await ShowsAsync(console, "/ops", data.Cluster.NameServers, "Status check", "group has its master");
        await ShowsAsync(console, $"/topics/{Uri.EscapeDataString("%RETRY%" + SampleData.Group)}", "%RETRY%" + SampleData.Group);
        Assert.Equal(HttpStatusCode.NotFound, (await console.Http.GetAsync("/no-such-page", Ct)).StatusCode);
    }

    [Fact]
    public async Task What_messages_hold_is_shown_and_never_run()
    {
        await using var data = await SampleData.StartAsync();
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);

        var page = await console.Http.GetStringAsync($"/messages?topic={SampleData.Topic}&id={data.MessageId}", Ct);

        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>eu</b>", page, StringComparison.Ordinal);
        Assert.Contains("alert(7)", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        var odd = await console.Http.GetStringAsync("/topics/" + Uri.EscapeDataString("<script>alert(1)<"), Ct);
        Assert.DoesNotContain("<script>alert", odd, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_speak_Chinese_to_who_prefers_it_and_keep_a_choice_in_cookies()
    {
        await using var data = await SampleData.StartAsync();
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);

        Assert.Contains("主题", await GetAsync(console, "/topics", ("Accept-Language", "zh-CN,zh;q=0.9")), StringComparison.Ordinal);
        Assert.Contains("Create topic", await GetAsync(console, "/topics", ("Accept-Language", "zh-CN"), ("Cookie", "rocketaspire-lang=en")), StringComparison.Ordinal);
        var dark = await GetAsync(console, "/topics", ("Cookie", "rocketaspire-lang=zh; rocketaspire-theme=dark"));
        Assert.Contains("新建主题", dark, StringComparison.Ordinal);
        Assert.Contains("<body class=\"dark\">", dark, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_console_that_only_reads_offers_no_change()
    {
        await using var data = await SampleData.StartAsync();
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers, "--read-only", "true");

        foreach (var (path, hidden) in ((string, string)[])[("/topics", "Create topic"), ("/topics/orders", ">Delete<"), ("/consumers", "Create group"), ("/consumers/billing", ">Delete<"), ("/ops", "Test and add")])
        {
            var page = await GetAsync(console, path);
            Assert.Contains("read-only", page, StringComparison.Ordinal);
            Assert.DoesNotContain(hidden, page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_cluster_that_is_not_there_is_told_with_the_reason_and_comes_back_by_itself()
    {
        await using var data = await SampleData.StartAsync();
        var dead = $"127.0.0.1:{FreePorts.Next()}";
        await using var console = await ConsoleProcess.StartAsync(dead);
        var page = await GetAsync(console, "/");
        Assert.Contains("The cluster can't be asked", page, StringComparison.Ordinal);
        Assert.Contains(dead, page, StringComparison.Ordinal);

        await using var whole = await ConsoleProcess.StartAsync($"{dead};{data.Cluster.NameServers}");
        await data.Cluster.StopBrokerAsync("broker-b");
        await Eventually.TrueAsync("the stopped broker is drawn as gone or silent", async () => (await GetAsync(whole, "/")).Contains("broker-a", StringComparison.Ordinal) && !(await GetAsync(whole, "/")).Contains(data.Cluster.Address("broker-b") + "\" data-health=\"Up\"", StringComparison.Ordinal));
        await data.Cluster.StartBrokerAsync("broker-b");
        await Eventually.TrueAsync("the broker that came back is drawn as up", async () => (await GetAsync(whole, "/")).Contains($"data-node=\"{data.Cluster.Address("broker-b")}\" data-health=\"Up\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Other_sites_reach_nothing()
    {
        await using var console = await ConsoleProcess.StartAsync("127.0.0.1:1");

        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "evil.example" } };
        Assert.Equal(HttpStatusCode.BadRequest, (await console.Http.SendAsync(rebound, Ct)).StatusCode);
        var answer = await console.Http.GetAsync("/ops", Ct);
        Assert.Contains("default-src 'self'", answer.Headers.GetValues("Content-Security-Policy").First(), StringComparison.Ordinal);
        var page = await answer.Content.ReadAsStringAsync(Ct);
        Assert.DoesNotContain("googleapis", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
    }

    private static async Task<string> GetAsync(ConsoleProcess console, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var answer = await console.Http.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Ct));
    }

    /// <summary>Each expected text is there, or one of those that a bar separates.</summary>
    private static async Task ShowsAsync(ConsoleProcess console, string path, params string[] expected)
    {
        var page = "";
        // What a consumer did, and what lists hold, is known a poll later.
        await Eventually.TrueAsync($"{path} shows {string.Join(", ", expected)}", async () =>
        {
            page = await GetAsync(console, path);
            return expected.All(text => text.Split('|').Any(one => page.Contains(one, StringComparison.Ordinal)));
        });
    }
}
