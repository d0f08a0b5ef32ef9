using System.Diagnostics;
using Microsoft.Playwright;
using RocketAspire.Client;
using RocketAspire.Client.Tests;
using RocketAspire.Console.Cluster;
using RocketAspire.Console.Messages;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.TestSupport;

namespace RocketAspire.Console.Tests;

/// <summary>Messages sent and looked at, large ones too, and what two people change at once.</summary>
public sealed class MessageFormTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_large_body_is_sent_to_its_sharding_keys_queue_and_one_over_the_brokers_limit_is_told_before_it_is_sent()
    {
        BrowserSession.SkipWithoutChromium();
        await using var cluster = await EmbeddedCluster.StartWithAsync("maxMessageSize=400000", "broker-a", "broker-b");
        var topic = await cluster.TopicAsync(queues: 5);
        await using var console = await ConsoleProcess.StartAsync(cluster.NameServers);
        await using var browser = await BrowserSession.StartAsync(console);
        var page = browser.Page;
        await browser.OpenAsync("/topics/" + topic);
        await page.GetByRole(AriaRole.Tab, new() { Name = "Send a message" }).ClickAsync();
        await Assertions.Expect(page.GetByText("390.6 KiB")).ToBeVisibleAsync();

        await page.Locator("#send-sharding").FillAsync("customer-4718");
        // "customer-4718".hashCode() is 2103202937, of ten queues the eighth.
        await Assertions.Expect(page.GetByText("→ broker-b:2")).ToBeVisibleAsync();
        await page.Locator("#send-body").FillAsync(string.Concat(Enumerable.Repeat("火", 200_000)));
        await Assertions.Expect(page.Locator("#send-size")).ToContainTextAsync("600,000 B");
        await Assertions.Expect(page.Locator("#send-size")).ToHaveClassAsync("bad");
        await page.Locator("#send-body").BlurAsync();
        await page.Locator("#send").ClickAsync();
        await Assertions.Expect(page.GetByText("was not sent: 600,000 > 400,000")).ToBeVisibleAsync();

        await page.Locator("#send-body").FillAsync(string.Concat(Enumerable.Repeat("火", 100_000)));
        await page.Locator("#send-properties").FillAsync("DELAY=3");
        await page.Locator("#send-properties").BlurAsync();
        await page.Locator("#send").ClickAsync();
        await Assertions.Expect(page.GetByText("RocketMQ sets this property itself")).ToBeVisibleAsync();
        await page.Locator("#send-properties").FillAsync("region=eu");
        await page.Locator("#send-properties").BlurAsync();
        await BrowserSession.ScreenshotAsync(page, "send-1280-light-en");
        await page.Locator("#send").ClickAsync();
        await Assertions.Expect(page.Locator("#sent")).ToContainTextAsync("broker-b:2");

        var message = Assert.Single(await cluster.ReadAsync(topic));
        Assert.Equal((300_000, 2, "eu", "customer-4718"), (message.Body.Length, message.Queue.QueueId, message.Property("region"), message.Property(MessageProperties.ShardingKey)));
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task A_body_of_ten_megabytes_is_shown_in_part_at_once_and_downloaded_whole()
    {
        BrowserSession.SkipWithoutChromium();
        await using var cluster = await EmbeddedCluster.StartWithAsync("maxMessageSize=12000000");
        var topic = await cluster.TopicAsync(queues: 1);
        var body = new byte[10_000_000];
        new Random(7).NextBytes(body);
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer() with { MaxMessageBytes = 12_000_000, SendTimeout = TimeSpan.FromSeconds(20), RequestTimeout = TimeSpan.FromSeconds(20) }, Ct);
        var sent = await producer.SendAsync(new RocketMQMessage(topic, body), Ct);
        await cluster.ReadAsync(topic, 1);
        await using var console = await ConsoleProcess.StartAsync(cluster.NameServers);
        await using var browser = await BrowserSession.StartAsync(console);
        var page = browser.Page;

        var watch = Stopwatch.StartNew();
        await browser.OpenAsync($"/messages?topic={topic}&id={sent.MessageId}");
        await Assertions.Expect(page.Locator("#body-cut")).ToContainTextAsync("64 KiB");
        await page.GetByText("Hex", new() { Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("pre.hex")).ToContainTextAsync("000010");
        TestContext.Current.TestOutputHelper?.WriteLine($"shown as text and hex after {watch.Elapsed}");
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(25));
        Assert.InRange((await console.Http.GetStringAsync($"/messages?topic={topic}&id={sent.MessageId}", Ct)).Length, 1, 1_500_000);
        var file = await page.RunAndWaitForDownloadAsync(() => page.Locator("#download-body").ClickAsync());
        Assert.Equal(body, await File.ReadAllBytesAsync(await file.PathAsync(), Ct));
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task A_message_is_consumed_directly_by_the_client_that_was_chosen()
    {
        BrowserSession.SkipWithoutChromium();
        await using var data = await MessagesData.StartAsync();
        await data.ConsumeAsync("billing");
        var sent = await data.SendAsync("order-1");
        await Eventually.TrueAsync("the message is consumed", async () => (await data.Cluster.Admin.Groups.GetProgressAsync("billing", MessagesData.Topic, Ct)) is { Queues.Count: > 0, Backlog: 0 });
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);
        await using var browser = await BrowserSession.StartAsync(console);
        var page = browser.Page;

        await browser.OpenAsync($"/messages?topic=orders&id={sent.MessageId}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Consume now" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Do it" }).ClickAsync();
        await Assertions.Expect(page.Locator("pre.body").Last).ToContainTextAsync("CR_SUCCESS");
        await browser.LookAtAsync([("details", $"/messages?topic=orders&id={sent.MessageId}", "#message")]);
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task Of_two_who_change_a_topic_the_later_is_told_and_overwrites_nothing()
    {
        BrowserSession.SkipWithoutChromium();
        await using var data = await MessagesData.StartAsync();
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);
        await using var browser = await BrowserSession.StartAsync(console);
        var second = await browser.NewPageAsync(1280, 860, "light", "en");
        foreach (var page in (IPage[])[browser.Page, second])
        {
            await BrowserSession.OpenAsync(page, "/topics/orders");
            await page.GetByRole(AriaRole.Button, new() { Name = "Change", Exact = true }).ClickAsync();
            await page.GetByLabel("Queues to read, a broker").FillAsync(page == second ? "9" : "6");
        }

        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(browser.Page.GetByText("Saved: orders")).ToBeVisibleAsync();
        await second.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(second.GetByText("nothing was saved")).ToBeVisibleAsync();
        await Assertions.Expect(second.GetByText("read queues 4, write queues 4")).ToContainTextAsync("read queues 6");
        var topic = (await data.Cluster.Admin.Topics.ListAsync(Ct)).Single(static topic => topic.Name == MessagesData.Topic);
        Assert.All(topic.Configs.Values, static config => Assert.Equal(6, config.ReadQueueNums));
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public void What_was_changed_made_or_deleted_meanwhile_is_named()
    {
        Dictionary<string, TopicConfig> none = [], before = new() { ["a"] = new() { TopicName = "t", ReadQueueNums = 4 }, ["b"] = new() { TopicName = "t" } };
        Dictionary<string, TopicConfig> after = new(before) { ["a"] = before["a"] with { ReadQueueNums = 8 } };

        Assert.Null(EditGuard.Difference(before, new Dictionary<string, TopicConfig>(before), EditGuard.Describe));
        Assert.Null(EditGuard.Difference(none, null, EditGuard.Describe));
        Assert.Contains("deleted", EditGuard.Difference(before, null, EditGuard.Describe), StringComparison.Ordinal);
        Assert.Contains("made", EditGuard.Difference(none, before, EditGuard.Describe), StringComparison.Ordinal);
        Assert.Contains("on a it was read queues 4", EditGuard.Difference(before, after, EditGuard.Describe), StringComparison.Ordinal);
        Assert.Contains("on b it was not there", EditGuard.Difference(new Dictionary<string, TopicConfig> { ["a"] = before["a"] }, before, EditGuard.Describe), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abc", 0)]
    [InlineData("polygenelubricants", 8)]
    [InlineData("", -1)]
    public void A_sharding_key_means_the_queue_that_Javas_hash_chooses(string key, int expected)
    {
        // hashCode(): "abc" is 96354, "polygenelubricants" the least integer, whose absolute value Java's Math.abs can't give.
        Client.MessageQueue[] queues = [.. Enumerable.Range(0, 10).Select(static id => new Client.MessageQueue("t", id < 5 ? "a" : "b", id % 5))];
        var chosen = WritableQueues.Choose(queues, key);

        if (expected >= 0) Assert.Equal(key == "abc" ? queues[4] : queues[expected], chosen);
        else Assert.Contains(chosen, queues);
    }

    [Fact]
    public void Properties_are_read_and_those_of_RocketMQ_refused()
    {
        Assert.Equal("b=c", SendLimits.ReadProperties("a = b=c\n\n", static text => text)["a"]);
        Assert.Throws<ArgumentException>(() => SendLimits.ReadProperties("no value", static text => text));
        Assert.Throws<ArgumentException>(() => SendLimits.ReadProperties("UNIQ_KEY=1", static text => text));
        Assert.Throws<ArgumentException>(() => SendLimits.ReadProperties("a=" + new string('x', 33_000), static text => text));
    }
}
