using Microsoft.Playwright;
using RocketAspire.Client;
using RocketAspire.Console.Text;

namespace RocketAspire.Console.Tests;

/// <summary>A consumer group's clients and its place.</summary>
public sealed class ClientTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(409, "4.9.8")]
    [InlineData(413, "5.0.0")]
    [InlineData(479, "5.3.3")]
    [InlineData(478, "5.3.3-SNAPSHOT")]
    [InlineData(62, "62")]
    public void Clients_tell_their_release_by_a_number(int version, string expected) => Assert.Equal(expected, Format.Release(version));

    [Fact]
    public async Task What_a_client_tells_of_itself_is_shown_as_tables()
    {
        await using var data = await SampleData.StartAsync();
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);
        await using var browsing = await Browsing.StartAsync(console);
        foreach (var (width, theme, language) in ((int, string, string)[])[(1280, "light", "en"), (390, "dark", "zh")])
        {
            var page = await browsing.WindowAsync(width, theme, language);
            await Browsing.OpenAsync(page, "/consumers/" + SampleData.Group);
            await page.GetByRole(AriaRole.Tab, new() { Name = language == "en" ? "Clients" : "客户端" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = language == "en" ? "Details and stacks" : "详情和线程栈" }).First.ClickAsync();
            var details = page.Locator("#client-details");
            await Assertions.Expect(details).ToContainTextAsync(SampleData.Topic);
            await Assertions.Expect(details).ToContainTextAsync("broker-b");
            await Assertions.Expect(details).ToContainTextAsync(language == "en" ? "only Java's clients do" : "Java");
            await Browsing.PictureAsync(page, $"client-{width}-{theme}-{language}");
        }

        Assert.Empty(browsing.Errors);
    }

    [Fact]
    public async Task An_offset_is_reset_in_the_browser_and_the_group_consumes_again()
    {
        await using var data = await SampleData.StartAsync();
        // Nobody of this group is connected: its stored places are what is reset.
        var group = "replayed";
        var got = 0;
        await using (await RocketMQConsumer.StartAsync(data.Cluster.Consumer(SampleData.Topic, group), (_, _) =>
        {
            Interlocked.Increment(ref got);
            return new ValueTask<ConsumeResult>(ConsumeResult.Success);
        }, Ct))
        {
            await TestSupport.Eventually.TrueAsync("all forty are consumed", () => Volatile.Read(ref got) >= 40);
        }

        await TestSupport.Eventually.TrueAsync("the group is at the end", async () => (await data.Cluster.Admin.Groups.GetProgressAsync(group, SampleData.Topic, Ct)) is { Backlog: 0, Queues.Count: 8 });
        await using var console = await ConsoleProcess.StartAsync(data.Cluster.NameServers);
        await using var browsing = await Browsing.StartAsync(console);
        var page = await browsing.WindowAsync();
        await Browsing.OpenAsync(page, "/consumers/" + group);
        await page.GetByRole(AriaRole.Button, new() { Name = "Reset", Exact = true }).First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "From the first" }).ClickAsync();
        var confirm = page.GetByRole(AriaRole.Button, new() { Name = "Do it" });
        await Assertions.Expect(confirm).ToBeDisabledAsync();
        await page.Locator(".mud-dialog .mud-input input").FillAsync(group);
        await confirm.ClickAsync();
        await Assertions.Expect(page.Locator(".tile .value").First).ToHaveTextAsync("40");

        Assert.Equal(40, (await data.Cluster.Admin.Groups.GetProgressAsync(group, SampleData.Topic, Ct)).Backlog);
        Assert.Empty(browsing.Errors);
    }
}
