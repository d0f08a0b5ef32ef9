using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using RocketAspire.Client;
using RocketAspire.Protocol.Messages;
using RocketAspire.TestSupport;

namespace RocketAspire.Console.Tests;

/// <summary>The page of dead letters.</summary>
public sealed class DeadLetterTests
{
    private const string Group = "billing";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dead_letters_are_sent_again_one_and_all_each_once_and_exported()
    {
        BrowserSession.SkipWithoutChromium();
        await using var data = await MessagesData.StartAsync();
        var delivered = await data.BuryAsync(Group, 30);
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);
        await using var browser = await BrowserSession.StartAsync(console);
        var page = browser.Page;

        await browser.OpenAsync("/messages/dead");
        await Assertions.Expect(page.Locator("tbody tr")).ToContainTextAsync("30");
        await page.GetByRole(AriaRole.Link, new() { Name = Group }).ClickAsync();
        await Assertions.Expect(page.Locator("#dead tbody tr")).ToHaveCountAsync(20);

        // One: the confirmation's button is pressed twice.
        await page.Locator("#dead tbody input[type=checkbox]").Nth(3).CheckAsync();
        await Assertions.Expect(page.Locator("#resend")).ToContainTextAsync("(1)");
        await ResendAsync(page, 2);
        await Assertions.Expect(page.Locator("[data-work='Done']").First).ToContainTextAsync("1 sent");
        await Eventually.TrueAsync("the one came back to its group", () => Task.FromResult(delivered.Count == 1));
        await Assertions.Expect(page.Locator("#dead tbody .badge.good")).ToHaveCountAsync(1);

        // All the others.
        await ResendAsync(page, 1);
        await Assertions.Expect(page.Locator("[data-work='Done']").First).ToContainTextAsync("29 sent · 1 left out");
        await Eventually.TrueAsync("all came back", () => Task.FromResult(delivered.Count == 30));
        Assert.Equal(30, delivered.Distinct().Count());

        // A page that is loaded anew knows what was sent.
        await browser.OpenAsync("/messages/dead?group=" + Group);
        await Assertions.Expect(page.Locator("#dead tbody .badge.good")).ToHaveCountAsync(20);
        Assert.Equal(30, JsonDocument.Parse(await DownloadAsync(page, "#export-json")).RootElement.GetArrayLength());
        var csv = await DownloadAsync(page, "#export-csv");
        Assert.Contains("\"'=cmd|' /C calc'!A0\"", csv, StringComparison.Ordinal);
        Assert.Contains("\"base64\"", csv, StringComparison.Ordinal);

        await browser.LookAtAsync([("dead-groups", "/messages/dead", "tbody tr"), ("dead", "/messages/dead?group=" + Group, "#dead tbody tr")]);
        Assert.Empty(browser.Errors);
        Assert.Equal(30, delivered.Count);
    }

    [Fact]
    public async Task Scripts_in_names_and_bodies_are_shown_as_text_on_the_pages_of_messages()
    {
        BrowserSession.SkipWithoutChromium();
        await using var data = await MessagesData.StartAsync();
        var sent = await data.Producer.SendAsync(new RocketMQMessage(MessagesData.Topic, Encoding.UTF8.GetBytes(MessagesData.Script)) { Tag = MessagesData.Script, Keys = ["<b>key</b>"], Properties = new Dictionary<string, string> { [MessagesData.Script] = MessagesData.Script } }, Ct);
        await Eventually.TrueAsync("the message can be found", async () => (await data.Cluster.Admin.Messages.FindByKeyAsync(MessagesData.Topic, "<b>key</b>", cancellationToken: Ct)).Count == 1);
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);
        await using var browser = await BrowserSession.StartAsync(console);

        foreach (var path in (string[])["/messages?topic=orders", $"/messages?topic=orders&id={sent.MessageId}", "/messages/trace?id=" + Uri.EscapeDataString("<b>key</b>"), "/messages/dead?group=" + Uri.EscapeDataString(MessagesData.Script)])
        {
            await browser.OpenAsync(path);
            Assert.NotEqual("run", await browser.Page.TitleAsync());
            Assert.Equal(0, await browser.Page.Locator("main b").Filter(new() { HasText = "key" }).CountAsync());
        }

        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task A_download_that_nobody_asked_for_is_refused_and_a_body_is_never_a_page()
    {
        await using var data = await SampleData.StartAsync();
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);

        Assert.Equal(System.Net.HttpStatusCode.Gone, (await console.Http.GetAsync("/messages/export/0123", Ct)).StatusCode);
        await Eventually.TrueAsync("the body is there once the cluster is known", async () => (await console.Http.GetAsync("/messages/body?id=" + data.OffsetMessageId, Ct)).IsSuccessStatusCode);
        using var body = await console.Http.GetAsync("/messages/body?id=" + data.OffsetMessageId, Ct);
        Assert.Equal("attachment", body.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal("application/octet-stream", body.Content.Headers.ContentType?.MediaType);
        Assert.Contains("<script>", await body.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        // An id that points to somebody else's machine is not followed.
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await console.Http.GetAsync("/messages/body?id=" + MessageId.Create(new(System.Net.IPAddress.Parse("10.9.8.7"), 10911), 0), Ct)).StatusCode);
    }

    private static async Task ResendAsync(IPage page, int presses)
    {
        await page.Locator("#resend").ClickAsync();
        await page.Locator("#resend-name").FillAsync(Group);
        var doIt = page.GetByRole(AriaRole.Button, new() { Name = "Do it" });
        await Assertions.Expect(doIt).ToBeEnabledAsync();
        await doIt.ClickAsync(new() { ClickCount = presses });
    }

    private static async Task<string> DownloadAsync(IPage page, string button)
    {
        await Assertions.Expect(page.Locator(button)).ToBeEnabledAsync();
        var file = await page.RunAndWaitForDownloadAsync(() => page.Locator(button).ClickAsync());
        return await File.ReadAllTextAsync(await file.PathAsync(), Ct);
    }
}
