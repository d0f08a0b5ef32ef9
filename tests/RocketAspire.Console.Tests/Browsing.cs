using Microsoft.Playwright;

namespace RocketAspire.Console.Tests;

/// <summary>A browser that looks at a console, and notes what it complains about.</summary>
internal sealed class Browsing : IAsyncDisposable
{
    private const string Chromium = "/usr/bin/chromium";

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly Uri _url;

    private Browsing(IPlaywright playwright, IBrowser browser, Uri url)
    {
        _playwright = playwright;
        _browser = browser;
        _url = url;
    }

    public List<string> Errors { get; } = [];

    public static async Task<Browsing> StartAsync(ConsoleProcess console)
    {
        Assert.SkipUnless(File.Exists(Chromium), $"there is no {Chromium}: apt-get install chromium");
        var playwright = await Playwright.CreateAsync();
        return new Browsing(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] }), console.Url);
    }

    /// <summary>A window with cookies of its own.</summary>
    public async Task<IPage> WindowAsync(int width = 1280, string theme = "light", string language = "en")
    {
        var context = await _browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 860 }, BaseURL = _url.ToString(), ReducedMotion = ReducedMotion.Reduce });
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

    /// <summary>Opens a page and waits until it is live.</summary>
    public static async Task OpenAsync(IPage page, string path)
    {
        await page.GotoAsync(path);
        await LiveAsync(page);
    }

    public static async Task LiveAsync(IPage page)
    {
        await Assertions.Expect(page.Locator("[data-live='true']")).ToHaveCountAsync(1, new() { Timeout = 20_000 });
        await page.Locator("h1").First.WaitForAsync();
    }

    public static async Task SignInAsync(IPage page, string name, string password)
    {
        await page.GotoAsync("/login");
        await page.Locator("#login-name").FillAsync(name);
        await page.Locator("#login-password").FillAsync(password);
        await page.Locator("#login").ClickAsync();
        await LiveAsync(page);
    }

    public static Task PictureAsync(IPage page, string name, bool whole = true) => page.ScreenshotAsync(new() { Path = Path.Combine(ConsoleProcess.Metadata("artifacts"), name + ".png"), FullPage = whole });

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
