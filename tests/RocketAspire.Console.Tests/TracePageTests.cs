using Microsoft.Playwright;
using RocketAspire.Client;
using RocketAspire.TestSupport;

namespace RocketAspire.Console.Tests;

/// <summary>The page of message traces.</summary>
public sealed class TracePageTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_is_followed_from_its_send_through_a_retry_to_each_group()
    {
        BrowserSession.SkipWithoutChromium();
        await using var data = await MessagesData.StartAsync();
        await data.ConsumeAsync("billing", failures: 1);
        await data.ConsumeAsync("audit");
        var sent = await data.SendAsync("order-7");
        await data.SendAsync("order-7");
        await data.Producer.SendInTransactionAsync(new RocketMQMessage(MessagesData.Topic, "x"u8.ToArray()) { Keys = ["in-transaction"] }, static (_, _) => new(TransactionState.Unknown), Ct);
        await Eventually.TrueAsync("the trace of a send, a failed consumption and two that went well", async () =>
            (await data.Cluster.Admin.Traces.FindAsync(sent.MessageId, cancellationToken: Ct)) is [{ Sends.Count: 1, Deliveries: var deliveries }] && deliveries.Count(static d => d.Took is not null) == 3);
        await Eventually.TrueAsync("the transaction's end", async () => (await data.Cluster.Admin.Traces.FindAsync("in-transaction", cancellationToken: Ct)) is [{ TransactionEnds.Count: > 1, Deliveries.Count: > 1 }]);

        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);
        await using var browser = await BrowserSession.StartAsync(console);
        var page = browser.Page;
        await browser.OpenAsync("/messages/trace?id=order-7");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(2);
        await page.GetByRole(AriaRole.Link, new() { Name = sent.MessageId }).ClickAsync();
        await Assertions.Expect(page.Locator("#trace .wide [data-mark='Good']")).ToHaveCountAsync(4);
        await Assertions.Expect(page.Locator("#trace .wide [data-mark='Bad']")).ToHaveCountAsync(1);
        await Assertions.Expect(page.GetByText("given back", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("Consumed · retry 1")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Message", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("#message")).ToContainTextAsync(sent.MessageId);
        await page.Locator("#message").GetByRole(AriaRole.Link, new() { Name = "Trace", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("#trace")).ToContainTextAsync(sent.MessageId);

        await browser.LookAtAsync([("trace", $"/messages/trace?id={sent.MessageId}", "#trace"), ("trace-transaction", "/messages/trace?id=in-transaction", "#trace"), ("trace-none", "/messages/trace?id=nobody", "#no-trace")]);
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task A_topic_is_created_a_message_sent_found_by_its_key_and_its_trace_seen()
    {
        BrowserSession.SkipWithoutChromium();
        await using var data = await MessagesData.StartAsync();
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);
        await using var browser = await BrowserSession.StartAsync(console);
        var page = browser.Page;
        await browser.OpenAsync("/topics");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create topic" }).ClickAsync();
        await page.Locator("#topic-name").FillAsync("traced");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/topics/traced$"));
        await data.ConsumeAsync("watchers", topic: "traced");
        await page.GetByRole(AriaRole.Tab, new() { Name = "Send a message" }).ClickAsync();
        await page.Locator("#send-keys").FillAsync("follow-me");
        await page.Locator("#send-body").FillAsync("{}");
        await page.Locator("#send-body").BlurAsync();
        // A double click sends one message, however quickly it was stored.
        await page.Locator("#send").DblClickAsync(new() { Delay = 60 });
        await Assertions.Expect(page.Locator("#sent")).ToContainTextAsync("Ok");
        await Eventually.TrueAsync("the consumer has told of it", async () => (await data.Cluster.Admin.Traces.FindAsync("follow-me", cancellationToken: Ct)).Any(static trace => trace.Deliveries.Any(static delivery => delivery.Took is not null)));

        await browser.OpenAsync("/messages?topic=traced&key=follow-me");
        await page.Locator("tbody a").First.ClickAsync();
        await page.Locator("#message").GetByRole(AriaRole.Link, new() { Name = "Trace", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("#trace")).ToContainTextAsync("follow-me");
        await Assertions.Expect(page.Locator("#trace .wide [data-mark='Good']")).ToHaveCountAsync(2);
        await Assertions.Expect(page.GetByText("Its producer doesn't trace")).ToBeVisibleAsync();
        Assert.Single(await data.Cluster.ReadAsync("traced"));
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task A_page_whose_console_was_started_anew_says_so_and_does_nothing_again()
    {
        BrowserSession.SkipWithoutChromium();
        await using var data = await MessagesData.StartAsync();
        var url = $"http://127.0.0.1:{FreePorts.Next()}";
        var first = await ConsoleProcess.StartAsync(data.Cluster.NameServers, "--urls", url);
        await using var browser = await BrowserSession.StartAsync(first);
        var page = browser.Page;
        await browser.OpenAsync("/topics/orders");
        await page.GetByRole(AriaRole.Tab, new() { Name = "Send a message" }).ClickAsync();
        await page.Locator("#send-body").FillAsync("once");
        await page.Locator("#send-body").BlurAsync();
        await page.Locator("#send").ClickAsync();
        await Assertions.Expect(page.Locator("#sent")).ToContainTextAsync("Ok");
        await first.DisposeAsync();
        await Assertions.Expect(page.Locator("#components-reconnect-modal")).ToContainTextAsync("nothing is done twice");
        await Assertions.Expect(page.Locator("#components-reconnect-modal")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await page.Locator("#send").ClickAsync(new() { Force = true });

        await using var second = await ConsoleProcess.StartAsync(data.Cluster.NameServers, "--urls", url);
        await Assertions.Expect(page.Locator("#reloaded")).ToBeVisibleAsync(new() { Timeout = 40_000 });
        await BrowserSession.ScreenshotAsync(page, "reloaded-1280-light-en");
        await page.Locator("#reloaded button").ClickAsync();
        await Assertions.Expect(page.Locator("#reloaded")).ToBeHiddenAsync();
        Assert.Single(await data.Cluster.ReadAsync(MessagesData.Topic));
    }

    [Fact]
    public async Task Without_a_trace_the_page_says_how_to_have_one_and_shows_odd_ids_as_text()
    {
        await using var data = await SampleData.StartAsync();
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);

        var page = System.Net.WebUtility.HtmlDecode(await console.Http.GetStringAsync("/messages/trace?id=" + data.MessageId, Ct));
        Assert.Contains("traceTopicEnable=true", page, StringComparison.Ordinal);
        Assert.Contains("EnableMessageTrace = true", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>document", await console.Http.GetStringAsync("/messages/trace?id=" + Uri.EscapeDataString(MessagesData.Script), Ct), StringComparison.Ordinal);
    }
}
