using Microsoft.Playwright;
using RocketAspire.Client;
using RocketAspire.Console.Messages;
using RocketAspire.Protocol.Messages;
using RocketAspire.TestSupport;

namespace RocketAspire.Console.Tests;

/// <summary>The page of messages that consumers don't see yet.</summary>
public sealed class WaitingTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Delayed_timed_and_half_messages_are_seen_with_their_topic_and_when_they_come_and_one_given_up_is_asked_about_again()
    {
        BrowserSession.SkipWithoutChromium();
        await using var data = await MessagesData.StartAsync();
        var producer = data.Producer;
        for (var i = 0; i < 3; i++) await producer.SendAsync(new RocketMQMessage(MessagesData.Topic, "later"u8.ToArray()) { Keys = [$"later-{i}"], DelayLevel = 18 }, Ct);
        await producer.SendAsync(new RocketMQMessage(MessagesData.Topic, "soon"u8.ToArray()) { Keys = ["soon"], DelayLevel = 1 }, Ct);
        await producer.SendAsync(new RocketMQMessage(MessagesData.Topic, "timed"u8.ToArray()) { Keys = ["at-a-time"], DeliverAfter = TimeSpan.FromHours(3) }, Ct);
        await producer.SendInTransactionAsync(new RocketMQMessage(MessagesData.Topic, "x"u8.ToArray()) { Keys = ["decided"] }, static (_, _) => new(TransactionState.Rollback), Ct);
        await Eventually.TrueAsync("a short delay is over", async () => (await data.Cluster.Admin.Messages.FindByKeyAsync(MessagesData.Topic, "soon", cancellationToken: Ct)).Count == 1);

        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);
        await using var browser = await BrowserSession.StartAsync(console);
        var page = browser.Page;
        await browser.OpenAsync("/messages/waiting?kind=half");
        // One that stays open until it is given up.
        await producer.SendInTransactionAsync(new RocketMQMessage(MessagesData.Topic, "x"u8.ToArray()) { Keys = ["undecided"] }, static (_, _) => new(TransactionState.Unknown), Ct);
        await Assertions.Expect(page.Locator("#waiting tbody tr")).ToHaveCountAsync(1, new() { Timeout = 20_000 });
        await Assertions.Expect(page.Locator("#waiting tbody")).ToContainTextAsync("undecided");
        await BrowserSession.ScreenshotAsync(page, "waiting-half-1280-light-en");

        await browser.OpenAsync("/messages/waiting");
        await Assertions.Expect(page.Locator("#waiting tbody tr")).ToHaveCountAsync(3);
        await Assertions.Expect(page.Locator("#waiting tbody tr").First).ToContainTextAsync("in 1 h 59 min");
        await Assertions.Expect(page.Locator("#waiting tbody tr").First).ToContainTextAsync("orders");
        await page.GetByRole(AriaRole.Link, new() { Name = "Timed" }).ClickAsync();
        await Assertions.Expect(page.Locator("#waiting tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#waiting tbody")).ToContainTextAsync("at-a-time");
        await Assertions.Expect(page.Locator("#waiting tbody")).ToContainTextAsync("in 2 h 59 min");

        await page.GetByRole(AriaRole.Link, new() { Name = "Given up" }).ClickAsync();
        await Assertions.Expect(page.Locator("#waiting tbody tr")).ToHaveCountAsync(1, new() { Timeout = 20_000 });
        await browser.LookAtAsync([("waiting-delayed", "/messages/waiting", "#waiting tbody"), ("waiting-timed", "/messages/waiting?kind=timed", "#waiting tbody"), ("waiting-given-up", "/messages/waiting?kind=given-up", "#waiting tbody")]);
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask again" }).ClickAsync();
        await page.Locator(".mud-dialog input").FillAsync("orders");
        await page.GetByRole(AriaRole.Button, new() { Name = "Do it" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Was asked for already").First).ToBeVisibleAsync();
        await Eventually.TrueAsync("it is given up once more", async () => (await data.Cluster.Admin.Topics.GetStatusAsync(TopicNames.TransCheckMaxTime, Ct)).Sum(static queue => queue.Value.MaxOffset) == 2);
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public void The_table_of_delays_is_read_and_what_is_no_delay_is_left_open()
    {
        Assert.Equal(18, WaitingReader.Levels(null).Count);
        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), TimeSpan.FromHours(2), TimeSpan.FromDays(1), null, null, null], WaitingReader.Levels("1s 5m  2h 1d 7x s 99999999999999999999s"));
    }
}
