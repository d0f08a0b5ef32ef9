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
        await page.Locator("#message").GetByRole(AriaRole.Link, new() { Name = "Trace" }).ClickAsync();
        await Assertions.Expect(page.Locator("#trace")).ToContainTextAsync(sent.MessageId);

        await browser.LookAtAsync([("trace", $"/messages/trace?id={sent.MessageId}", "#trace"), ("trace-transaction", "/messages/trace?id=in-transaction", "#trace"), ("trace-none", "/messages/trace?id=nobody", "#no-trace")]);
        Assert.Empty(browser.Errors);
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
