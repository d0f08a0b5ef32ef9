using System.Diagnostics;
using System.Text.Json;
using RocketAspire.Console.Access;
using RocketAspire.TestSupport;

namespace RocketAspire.Console.Tests;

/// <summary>axe-core looks at each page, light and dark: nothing serious or critical may be found. The package comes by npm, once, into artifacts.</summary>
public sealed class AxeTests
{
    private const string Version = "4.14.1";

    private static readonly string[] Paths =
    [
        "/", "/dashboard", "/topics", "/topics/orders", "/consumers", "/consumers/billing", "/producers", "/messages?topic=orders", "/acl", "/ops", "/not-there",
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_page_has_a_serious_fault_for_people_who_see_or_hear_it_otherwise()
    {
        var axe = await AxeAsync();
        using var folder = new TemporaryFolder();
        await using var data = await SampleData.StartAsync();
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers, "--auth", await LoginTests.UsersAsync(folder));
        await using var browsing = await Browsing.StartAsync(console);
        var found = new List<string>();
        foreach (var (width, theme, language) in ((int, string, string)[])[(1280, "light", "en"), (1280, "dark", "zh"), (390, "light", "zh")])
        {
            var page = await browsing.WindowAsync(width, theme, language);
            await page.GotoAsync(LoginEndpoints.LoginPath);
            await LookAsync(page, axe, $"{LoginEndpoints.LoginPath} {theme} {width}", found);
            await Browsing.SignInAsync(page, "alice", "correct horse");
            foreach (var path in Paths.Append("/?node=" + data.Cluster.Address()).Append($"/messages?topic=orders&id={data.MessageId}"))
            {
                await page.GotoAsync(path);
                await Browsing.LiveAsync(page);
                await LookAsync(page, axe, $"{path} {theme} {width}", found);
            }
        }

        Assert.True(found.Count == 0, string.Join("\n", found));
    }

    private static async Task LookAsync(Microsoft.Playwright.IPage page, string axe, string where, List<string> found)
    {
        // By the debugger, not a tag: the page's own policy lets no other script in.
        await page.EvaluateAsync(axe);
        var result = await page.EvaluateAsync<JsonElement>("""
            () => axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.filter(v => v.impact === 'serious' || v.impact === 'critical')
                .map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + n.html.slice(0, 160) + ' ' + (n.any[0]?.message ?? '').slice(0, 140)).join(' | ')}`))
            """);
        found.AddRange(result.EnumerateArray().Select(violation => $"{where}: {violation.GetString()}"));
    }

    /// <summary>The script; skips, with the reason, where npm can't bring it.</summary>
    private static async Task<string> AxeAsync()
    {
        var folder = Path.Combine(ConsoleProcess.Metadata("artifacts"), "axe");
        var script = Path.Combine(folder, "node_modules", "axe-core", "axe.min.js");
        if (!File.Exists(script))
        {
            Directory.CreateDirectory(folder);
            var start = new ProcessStartInfo("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", "--no-save", $"axe-core@{Version}"]) { RedirectStandardError = true, RedirectStandardOutput = true };
            var problem = "";
            try
            {
                using var npm = Process.Start(start)!;
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
                limit.CancelAfter(TimeSpan.FromMinutes(2));
                var output = npm.StandardOutput.ReadToEndAsync(limit.Token);
                problem = await npm.StandardError.ReadToEndAsync(limit.Token);
                await output;
                await npm.WaitForExitAsync(limit.Token);
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception or OperationCanceledException)
            {
                problem = e.Message;
            }

            Assert.SkipUnless(File.Exists(script), $"npm could not install axe-core {Version}: {problem.ReplaceLineEndings(" ")}");
        }

        return await File.ReadAllTextAsync(script, Ct);
    }
}
