using System.Text.RegularExpressions;
using Microsoft.Playwright;
using RocketAspire.TestSupport;

namespace RocketAspire.Console.Tests;

/// <summary>Roles in pages that stay open.</summary>
public sealed class LoginBrowserTests
{
    private const string Password = "correct horse";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_login_page_looks_alike_in_both_languages_and_lets_in_and_out()
    {
        using var folder = new TemporaryFolder();
        await using var console = await ConsoleProcess.StartAsync("127.0.0.1:1", "--auth", await LoginTests.UsersAsync(folder));
        await using var browsing = await Browsing.StartAsync(console);
        foreach (var (width, theme, language) in ((int, string, string)[])[(1280, "light", "en"), (390, "dark", "zh")])
        {
            var page = await browsing.WindowAsync(width, theme, language);
            await page.GotoAsync("/topics");
            await Assertions.Expect(page).ToHaveURLAsync(new Regex("/login\\?returnUrl="));
            await page.Locator("#login-name").FillAsync("bob");
            await page.Locator("#login-password").FillAsync("wrong");
            await page.Locator("#login").ClickAsync();
            await Assertions.Expect(page.Locator("#login-message")).ToContainTextAsync(language == "en" ? "wrong" : "错误");
            await Browsing.PictureAsync(page, $"login-{width}-{theme}-{language}");
            await page.Locator("#login-name").FillAsync("bob");
            await page.Locator("#login-password").FillAsync(Password);
            await page.Locator("#login").ClickAsync();
            await Assertions.Expect(page).ToHaveURLAsync(new Regex("/topics$"));
            await Browsing.LiveAsync(page);
            await page.Locator("#logout").ClickAsync();
            await Assertions.Expect(page).ToHaveURLAsync(new Regex("/login\\?problem=out"));
        }

        Assert.Empty(browsing.Errors);
    }

    [Fact]
    public async Task A_demoted_admin_changes_nothing_in_a_page_that_is_open_and_a_removed_one_is_sent_away()
    {
        using var folder = new TemporaryFolder();
        await using var data = await SampleData.StartAsync();
        var path = await LoginTests.UsersAsync(folder);
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers, "--auth", path);
        await using var browsing = await Browsing.StartAsync(console);
        var page = await browsing.WindowAsync();
        await Browsing.SignInAsync(page, "alice", Password);
        await Browsing.OpenAsync(page, "/topics");
        await page.Locator("#create-topic").ClickAsync();
        await page.Locator("#topic-name").FillAsync("of-a-reader");
        var lines = await File.ReadAllLinesAsync(path, Ct);
        await File.WriteAllLinesAsync(path, lines.Select(static line => line.Replace(":admin:", ":reader:", StringComparison.Ordinal)), Ct);
        await Assertions.Expect(page.Locator("#create-topic")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page.Locator(".mud-snackbar")).ToContainTextAsync("alice may look at everything and change nothing");
        await Browsing.PictureAsync(page, "reader-1280", whole: false);
        Assert.Null(await data.Cluster.Admin.GetRouteAsync("of-a-reader", Ct));

        await File.WriteAllLinesAsync(path, lines.Where(static line => !line.StartsWith("alice", StringComparison.Ordinal)), Ct);
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("/login\\?problem=ended"));
        await Assertions.Expect(page.Locator("#login-message")).ToContainTextAsync("Your session is over");
        Assert.Empty(browsing.Errors);
    }
}
