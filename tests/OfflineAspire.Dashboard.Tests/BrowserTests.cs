using System.Net.Http.Json;
using Microsoft.Playwright;
using RocketAspire.TestSupport;

namespace OfflineAspire.Dashboard.Tests;

/// <summary>The pages in Debian's Chromium, with a whole AppHost behind them. Screenshots are left in artifacts/dashboard.</summary>
public sealed class BrowserTests
{
    private const string Chromium = "/usr/bin/chromium";
    private const float Slow = 30_000;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_page_renders_without_errors_wide_and_narrow_in_both_languages()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"there is no {Chromium}: apt-get install chromium");
        await using var host = await AppHostProcess.StartAsync("--sample");
        await host.SaidAsync("order-api is ready");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var errors = new List<string>();
        foreach (var (width, height, theme, language) in ((int, int, string, string)[])[(1280, 860, "light", "en"), (390, 844, "dark", "zh")])
        {
            await using var context = await ContextAsync(browser, host, width, height, theme, language);
            var page = await context.NewPageAsync();
            Watch(page, errors);
            foreach (var (name, path, shows) in ((string, string, string)[])
            [
                ("resources", "/", "[data-resource='broker-a'][data-state='Running']"), ("details", "/?resource=broker-a", "[data-test='details']"), ("graph", "/graph", "[data-node='order-api'] >> visible=true"),
                ("console", "/consolelogs/resource/broker-a", ".console .line"), ("logs", "/structuredlogs", "tr.pick"), ("traces", "/traces/resource/order-worker", "tr[data-trace]"),
                ("metrics", "/metrics/resource/order-api?meter=RocketAspire.Client&instrument=messaging.client.operation.duration", "polyline"), ("nothing", "/traces/detail/0", ".empty"),
            ])
            {
                await OpenAsync(page, path);
                await Assertions.Expect(page.Locator(shows).First).ToBeVisibleAsync(new() { Timeout = Slow });
                await ShootAsync(page, $"{name}-{width}-{theme}-{language}");
                var overflow = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
                if (overflow > 0) errors.Add($"{path} is {overflow} pixels wider than {width}");
            }
        }

        Assert.Empty(errors);
    }

    [Fact]
    public async Task A_node_is_killed_by_its_command_after_a_question_and_seen_to_end_and_to_come_back()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"there is no {Chromium}: apt-get install chromium");
        await using var host = await AppHostProcess.StartAsync("--console", "false");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        await using var context = await ContextAsync(browser, host, 1280, 860, "light", "en");
        var page = await context.NewPageAsync();
        var errors = new List<string>();
        Watch(page, errors);
        await OpenAsync(page, "/");
        var row = page.Locator("tr[data-resource='broker-b-s']");

        await row.Locator(".more button").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Kill", Exact = true }).Or(page.Locator(".mud-menu-item[data-command='kill'], [data-command='kill']")).First.ClickAsync();
        await Assertions.Expect(page.Locator(".mud-dialog")).ToContainTextAsync("Kill broker-b-s?");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Assertions.Expect(page.Locator(".mud-dialog")).ToHaveCountAsync(0);
        await Assertions.Expect(row).ToHaveAttributeAsync("data-state", "Running");

        await row.Locator(".more button").ClickAsync();
        await page.Locator("[data-command='kill']").First.ClickAsync();
        await page.Locator("[data-test='confirm']").ClickAsync();
        await Assertions.Expect(row).ToHaveAttributeAsync("data-state", "Exited", new() { Timeout = Slow });
        await ShootAsync(page, "killed-1280");
        await OpenAsync(page, "/graph");
        await Assertions.Expect(page.Locator(".wide [data-node='broker-b-s']")).ToHaveAttributeAsync("data-state", "Exited");
        await OpenAsync(page, "/");
        await row.Locator("[data-command='start']").First.ClickAsync();
        await Assertions.Expect(row).ToHaveAttributeAsync("data-state", "Running", new() { Timeout = Slow });
        Assert.Empty(errors);
    }

    [Fact]
    public async Task An_order_is_one_trace_from_the_API_over_the_brokers_to_the_notifier()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"there is no {Chromium}: apt-get install chromium");
        await using var host = await AppHostProcess.StartAsync("--sample", "--console", "false");
        await host.SaidAsync("order-api is ready: ");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        await using var context = await ContextAsync(browser, host, 1280, 860, "light", "en");
        var page = await context.NewPageAsync();
        // An order that a person places: with the request's own span at the beginning.
        using var http = new HttpClient { BaseAddress = new Uri(host.After("order-api is ready: ")) };
        var trace = System.Diagnostics.ActivityTraceId.CreateRandom().ToHexString();
        await Eventually.TrueAsync("the API takes an order", async () =>
        {
            using var order = new HttpRequestMessage(HttpMethod.Post, "/orders") { Content = JsonContent.Create(new { customer = "c-1", item = "rocket" }) };
            order.Headers.Add("traceparent", $"00-{trace}-{System.Diagnostics.ActivitySpanId.CreateRandom().ToHexString()}-01");
            return (await http.SendAsync(order, Ct)).IsSuccessStatusCode;
        });

        await OpenAsync(page, "/traces/detail/" + trace);
        foreach (var service in (string[])["order-api", "order-worker", "order-notifier"])
            await Assertions.Expect(page.Locator($".bar-row[data-service='{service}']").First).ToBeVisibleAsync(new() { Timeout = Slow });
        await Assertions.Expect(page.Locator(".bar-row[data-service^='broker-']").First).ToBeVisibleAsync();
        await page.Locator(".bar-row[data-service='order-worker'] button").First.ClickAsync();
        await Assertions.Expect(page.Locator("[data-test='details']")).ToContainTextAsync("messaging.system");
        await ShootAsync(page, "order-1280");
    }

    [Fact]
    public async Task Without_the_token_a_browser_sees_the_login_and_with_it_the_page_it_came_for()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"there is no {Chromium}: apt-get install chromium");
        await using var dashboard = await DashboardProcess.StartAsync(("DASHBOARD__FRONTEND__BROWSERTOKEN", "let-me-in"));
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var page = await browser.NewPageAsync();

        await page.GotoAsync(new Uri(dashboard.Url, "/metrics").ToString());
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Login to the dashboard");
        await ShootAsync(page, "login-1280");
        await page.Locator("#t").FillAsync("wrong");
        await page.Locator("button").ClickAsync();
        await Assertions.Expect(page.Locator("[role='alert']")).ToBeVisibleAsync();
        await page.Locator("#t").FillAsync("let-me-in");
        await page.Locator("button").ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/metrics$"));
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Metrics");
    }

    private static Task<IBrowser> LaunchAsync(IPlaywright playwright) =>
        playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });

    private static async Task<IBrowserContext> ContextAsync(IBrowser browser, AppHostProcess host, int width, int height, string theme, string language)
    {
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, BaseURL = host.Url.ToString(), ReducedMotion = ReducedMotion.Reduce });
        await context.AddCookiesAsync([
            new() { Name = "rocketaspire-lang", Value = language, Url = host.Url.ToString() },
            new() { Name = "rocketaspire-theme", Value = theme, Url = host.Url.ToString() }]);
        var page = await context.NewPageAsync();
        await page.GotoAsync(host.Login.ToString());
        await page.CloseAsync();
        return context;
    }

    private static Task ShootAsync(IPage page, string name) => page.ScreenshotAsync(new() { Path = Path.Combine(RunningProcess.Metadata("artifacts"), name + ".png") });

    private static void Watch(IPage page, List<string> errors)
    {
        page.Console += (_, message) =>
        {
            if (message.Type == "error") errors.Add($"{page.Url}: {message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => errors.Add($"{page.Url}: {error}");
    }

    /// <summary>Opens a page and waits until it is live.</summary>
    private static async Task OpenAsync(IPage page, string path)
    {
        await page.GotoAsync(path);
        await Assertions.Expect(page.Locator("[data-live='true']")).ToHaveCountAsync(1, new() { Timeout = Slow });
        await page.Locator("h1").First.WaitForAsync();
    }
}
