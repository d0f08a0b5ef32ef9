using Microsoft.Playwright;

namespace RocketAspire.Console.Tests;

/// <summary>The pages in Debian's Chromium. Screenshots are left in artifacts/console.</summary>
public sealed class BrowserTests
{
    private const string Chromium = "/usr/bin/chromium";

    private static readonly (string Name, string Path)[] Pages =
    [
        ("cluster", "/"), ("dashboard", "/dashboard"), ("topics", "/topics"), ("topic", "/topics/orders"), ("consumers", "/consumers"), ("group", "/consumers/billing"),
        ("producers", "/producers"), ("messages", "/messages?topic=orders"), ("ops", "/ops"), ("acl", "/acl"),
    ];

    [Fact]
    public async Task Each_page_renders_without_errors_wide_and_narrow_in_both_languages()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"there is no {Chromium}: apt-get install chromium");
        await using var data = await SampleData.StartAsync();
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var errors = new List<string>();

        foreach (var (width, height, theme, language) in ((int, int, string, string)[])[(1280, 860, "light", "en"), (390, 844, "dark", "zh")])
        {
            await using var context = await ContextAsync(browser, console, width, height, theme, language);
            var page = await context.NewPageAsync();
            Watch(page, errors);
            foreach (var (name, path) in Pages.Append(("details", "/?node=" + data.Cluster.Address())).Append(("message", $"/messages?topic=orders&id={data.MessageId}")))
            {
                await data.SendAsync(8);
                await OpenAsync(page, path);
                await page.ScreenshotAsync(new() { Path = Path.Combine(ConsoleProcess.Metadata("artifacts"), $"{name}-{width}-{theme}-{language}.png"), FullPage = name is not "details" });
                var overflow = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
                if (overflow > 0) errors.Add($"{path} is {overflow} pixels wider than {width}");
            }
        }

        Assert.Empty(errors);
    }

    [Fact]
    public async Task A_topic_is_created_a_message_sent_and_found_by_its_key_and_the_topic_deleted()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"there is no {Chromium}: apt-get install chromium");
        await using var data = await SampleData.StartAsync();
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        await using var context = await ContextAsync(browser, console, 1280, 860, "light", "en");
        var page = await context.NewPageAsync();
        var errors = new List<string>();
        Watch(page, errors);

        await OpenAsync(page, "/topics");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create topic" }).ClickAsync();
        await page.Locator("#topic-name").FillAsync("from-the-console");
        await page.ScreenshotAsync(new() { Path = Path.Combine(ConsoleProcess.Metadata("artifacts"), "create-1280.png") });
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/topics/from-the-console$"));

        await page.GetByRole(AriaRole.Tab, new() { Name = "Send a message" }).ClickAsync();
        await page.Locator("#send-keys").FillAsync("find-me");
        await page.Locator("#send-body").FillAsync("{\"hello\":\"console\"}");
        await page.Locator("#send-body").BlurAsync();
        await page.Locator("#send").ClickAsync();
        await Assertions.Expect(page.Locator("#sent")).ToContainTextAsync("Ok");
        await page.ScreenshotAsync(new() { Path = Path.Combine(ConsoleProcess.Metadata("artifacts"), "sent-1280.png") });

        await OpenAsync(page, "/messages?topic=from-the-console&key=find-me");
        await page.Locator("tbody a").First.ClickAsync();
        await Assertions.Expect(page.Locator("pre.body")).ToContainTextAsync("\"hello\": \"console\"");

        await OpenAsync(page, "/topics/from-the-console");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        var confirm = page.GetByRole(AriaRole.Button, new() { Name = "Do it" });
        await Assertions.Expect(confirm).ToBeDisabledAsync();
        await page.Locator(".mud-dialog input").FillAsync("from-the-console");
        await confirm.ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/topics$"));
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "from-the-console" })).ToHaveCountAsync(0);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task The_picture_changes_by_itself_when_a_master_dies_and_comes_back()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"there is no {Chromium}: apt-get install chromium");
        await using var data = await SampleData.StartAsync();
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        await using var context = await ContextAsync(browser, console, 1280, 860, "light", "en");
        var page = await context.NewPageAsync();
        await OpenAsync(page, "/");
        var node = page.Locator($".wide [data-node='{data.Cluster.Address("broker-b")}']");
        await Assertions.Expect(node).ToHaveAttributeAsync("data-health", "Up");

        await data.Cluster.StopBrokerAsync("broker-b");
        await Assertions.Expect(node).Not.ToHaveAttributeAsync("data-health", "Up", new() { Timeout = 20_000 });
        await page.ScreenshotAsync(new() { Path = Path.Combine(ConsoleProcess.Metadata("artifacts"), "dead-1280.png"), FullPage = true });
        await data.Cluster.StartBrokerAsync("broker-b");
        await Assertions.Expect(node).ToHaveAttributeAsync("data-health", "Up", new() { Timeout = 20_000 });
    }

    private static Task<IBrowser> LaunchAsync(IPlaywright playwright) =>
        playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });

    private static async Task<IBrowserContext> ContextAsync(IBrowser browser, ConsoleProcess console, int width, int height, string theme, string language)
    {
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, BaseURL = console.Url.ToString(), ReducedMotion = ReducedMotion.Reduce });
        await context.AddCookiesAsync([
            new() { Name = "rocketaspire-lang", Value = language, Url = console.Url.ToString() },
            new() { Name = "rocketaspire-theme", Value = theme, Url = console.Url.ToString() }]);
        return context;
    }

    private static void Watch(IPage page, List<string> errors)
    {
        page.Console += (_, message) =>
        {
            if (message.Type == "error") errors.Add($"{page.Url}: {message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => errors.Add($"{page.Url}: {error}");
    }

    /// <summary>Opens a page and waits until it is live: the socket is there and a poll has come through it.</summary>
    private static async Task OpenAsync(IPage page, string path)
    {
        await page.GotoAsync(path);
        await page.WaitForFunctionAsync("() => window.Blazor && document.querySelector('.mud-layout')");
        await Assertions.Expect(page.Locator("[data-live='true']")).ToHaveCountAsync(1);
        await page.Locator("h1").First.WaitForAsync();
    }
}
