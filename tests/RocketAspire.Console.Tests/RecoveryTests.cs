using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Playwright;
using RocketAspire.NameServer;
using RocketAspire.TestSupport;

namespace RocketAspire.Console.Tests;

/// <summary>Pages that stay open while what is behind them goes and comes back.</summary>
public sealed class RecoveryTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_tells_that_the_cluster_is_gone_and_comes_back_by_itself()
    {
        var port = FreePorts.Next();
        await using var console = await ConsoleProcess.StartAsync($"127.0.0.1:{port}", "--poll", "0.5");
        await using var browsing = await Browsing.StartAsync(console);
        var page = await browsing.WindowAsync();
        await Browsing.OpenAsync(page, "/ops");
        var banner = page.Locator(".banner");
        for (var round = 0; round < 2; round++)
        {
            await Assertions.Expect(banner).ToContainTextAsync("The cluster can't be asked", new() { Timeout = 20_000 });
            await Assertions.Expect(banner).ToContainTextAsync($"127.0.0.1:{port}");
            await using (await StartAsync(port)) await Assertions.Expect(banner).ToContainTextAsync("no broker is registered", new() { Timeout = 20_000 });
        }

        Assert.Empty(browsing.Errors);
    }

    [Fact]
    public async Task A_page_tells_that_the_console_is_gone_and_loads_again_when_it_is_back()
    {
        var url = $"http://127.0.0.1:{FreePorts.Next()}";
        var first = await ConsoleProcess.StartAsync("127.0.0.1:1", "--urls", url);
        await using var browsing = await Browsing.StartAsync(first);
        var page = await browsing.WindowAsync();
        await Browsing.OpenAsync(page, "/topics");
        await page.EvaluateAsync("() => window.before = true");
        await first.DisposeAsync();
        await Assertions.Expect(page.Locator("#components-reconnect-modal")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await Assertions.Expect(page.Locator("#components-reconnect-modal")).ToContainTextAsync("comes back by itself");

        await using var second = await ConsoleProcess.StartAsync("127.0.0.1:1", "--urls", url);
        await page.WaitForFunctionAsync("() => window.before === undefined", null, new() { Timeout = 60_000 });
        await Browsing.LiveAsync(page);
    }

    private static Task<NameServerNode> StartAsync(int port) =>
        NameServerNode.StartAsync(new() { Listen = [new IPEndPoint(IPAddress.Loopback, port)] }, NullLoggerFactory.Instance, TimeProvider.System, Ct);
}
