using Microsoft.Playwright;

namespace RocketAspire.Console.Tests;

/// <summary>A page of Debian's Chromium on a console. What the page complains of is kept: a test ends with none of it.</summary>
internal sealed class BrowserSession : IAsyncDisposable
{
    public const string Chromium = "/usr/bin/chromium";

    private static readonly (int Width, int Height, string Theme, string Language)[] Looks = [(1280, 860, "light", "en"), (390, 844, "dark", "zh")];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly Uri _url;

    private BrowserSession(IPlaywright playwright, IBrowser browser, Uri url) => (_playwright, _browser, _url) = (playwright, browser, url);

    public List<string> Errors { get; } = [];

    public IPage Page { get; private set; } = null!;

    public static async Task<BrowserSession> StartAsync(ConsoleProcess console)
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
        var session = new BrowserSession(playwright, browser, console.Url);
        session.Page = await session.NewPageAsync(1280, 860, "light", "en");
        return session;
    }

    public static void SkipWithoutChromium() => Assert.SkipUnless(File.Exists(Chromium), $"there is no {Chromium}: apt-get install chromium");

    public async Task<IPage> NewPageAsync(int width, int height, string theme, string language)
    {
        var context = await _browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, BaseURL = _url.ToString(), ReducedMotion = ReducedMotion.Reduce, AcceptDownloads = true });
        await context.AddCookiesAsync([
            new() { Name = "rocketaspire-lang", Value = language, Url = _url.ToString() },
            new() { Name = "rocketaspire-theme", Value = theme, Url = _url.ToString() }]);
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type == "error") Errors.Add($"{page.Url}: {message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => Errors.Add($"{page.Url}: {error}");
        return page;
    }

    /// <summary>Opens a page and waits until it is live: the socket is there and a poll has come through it.</summary>
    public static async Task OpenAsync(IPage page, string path)
    {
        await page.GotoAsync(path);
        await page.WaitForFunctionAsync("() => window.Blazor && document.querySelector('.mud-layout')");
        await Assertions.Expect(page.Locator("[data-live='true']")).ToHaveCountAsync(1);
        await page.Locator("h1").First.WaitForAsync();
    }

    public Task OpenAsync(string path) => OpenAsync(Page, path);

    /// <summary>Each page in each look: a picture in artifacts/console, and none is wider than its window.</summary>
    /// <param name="pages">Name, address, and what is there once it is drawn.</param>
    public async Task LookAtAsync(IEnumerable<(string Name, string Path, string Ready)> pages)
    {
        foreach (var (width, height, theme, language) in Looks)
        {
            var page = await NewPageAsync(width, height, theme, language);
            foreach (var (name, path, ready) in pages)
            {
                await OpenAsync(page, path);
                await page.Locator(ready).First.WaitForAsync();
                await ScreenshotAsync(page, $"{name}-{width}-{theme}-{language}");
                var overflow = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
                if (overflow > 0) Errors.Add($"{path} is {overflow} pixels wider than {width}");
            }

            await page.Context.CloseAsync();
        }
    }

    public static Task ScreenshotAsync(IPage page, string name) => page.ScreenshotAsync(new() { Path = Path.Combine(ConsoleProcess.Metadata("artifacts"), name + ".png"), FullPage = true });

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
